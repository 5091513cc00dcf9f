/** The two database roles of the key audit, with exactly what its README asks an operator to grant. */
import { DATABASE, type KeyShape, statusColumns } from './schema.ts';

export const READER = 'nightshift_reader';
export const ACTOR = 'nightshift_actor';

const KEY_COLUMNS = ['access_key_id', 'user_id', 'created_at', 'last_used_at'];

/** Both roles read the audit's columns and no others: not the keys' secrets, not the users' password hashes. */
const readGrants = (role: string, shape: KeyShape): string => `
  GRANT CONNECT ON DATABASE ${DATABASE} TO ${role};
  GRANT USAGE ON SCHEMA public TO ${role};
  GRANT SELECT (${[...KEY_COLUMNS, ...statusColumns(shape)].join(', ')}) ON access_keys TO ${role};
  GRANT SELECT (id, username, is_active) ON users TO ${role};
`;

const readerGrants = (shape: KeyShape): string => readGrants(READER, shape);

/** The actor may moreover turn a key off and on, and change nothing else. */
const actorGrants = (shape: KeyShape): string => `${readGrants(ACTOR, shape)}
  GRANT UPDATE (${statusColumns(shape)[0]}) ON access_keys TO ${ACTOR};
`;

/**
 * Makes both roles. What PostgreSQL grants to everybody is taken back first, so that a night on this machine works with
 * the grants above and nothing else. The passwords must not hold quotes.
 */
export const rolesSql = (shape: KeyShape, passwords: { reader: string; actor: string }): string => `
  REVOKE ALL ON DATABASE ${DATABASE} FROM PUBLIC;
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  CREATE ROLE ${READER} LOGIN PASSWORD '${passwords.reader}';
  CREATE ROLE ${ACTOR} LOGIN PASSWORD '${passwords.actor}';
  ${readerGrants(shape)}
  ${actorGrants(shape)}
`;
