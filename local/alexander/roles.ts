/** The two database roles of the key audit, with exactly what its README tells an operator to grant. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DATABASE, type KeyShape, statusColumns } from './schema.ts';

export const READER = 'nightshift_reader';
export const ACTOR = 'nightshift_actor';

const README = resolve(import.meta.dirname, '../../functions/inactive-key-audit/README.md');

/**
 * The README's own SQL, so that every night on this machine, and every test, proves it sufficient. It is written for the
 * shape with a status word; the older shape has another column in its place, and no expiry.
 */
export function documentedGrants(shape: KeyShape): string {
  const [, sql] = /^```sql\n(.*?)^```$/ms.exec(readFileSync(README, 'utf8')) ?? [];
  if (sql === undefined) throw new Error(`${README} holds no block of SQL`);
  const [status] = statusColumns(shape);
  return shape === 'word' ? sql : sql.replace(', expires_at', '').replaceAll(/\bstatus\b/g, status);
}

/**
 * Makes both roles. What PostgreSQL grants to everybody is taken back first, so that a night on this machine works with
 * the README's grants and nothing else. The passwords must not hold quotes.
 */
export const rolesSql = (shape: KeyShape, passwords: { reader: string; actor: string }): string => `
  REVOKE ALL ON DATABASE ${DATABASE} FROM PUBLIC;
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  ${documentedGrants(shape)}
  ALTER ROLE ${READER} PASSWORD '${passwords.reader}';
  ALTER ROLE ${ACTOR} PASSWORD '${passwords.actor}';
`;
