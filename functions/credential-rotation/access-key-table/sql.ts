/** The statements that are sent to the system's table of keys. What they read and write of a secret is ciphertext. */
import { isActive, setStatus, statusValue } from '../../key-table/status.ts';
import { literal, quoted } from '../../runtime/sql.ts';
import type { Settings } from './contract.ts';

export type Mapping = Pick<Settings, 'keys' | 'owners' | 'maxActiveKeysPerOwner'>;

export const tableOf = ({ keys }: Mapping) => quoted(keys.schema, keys.table);

// In all of them `k` is a key, and `o` its owner.
const ownersOf = ({ owners }: Mapping) => (owners ? `${quoted(owners.schema, owners.table)} o` : '');
const nameOf = ({ keys, owners }: Mapping) =>
  owners ? `o.${quoted(owners.name)}::text` : `k.${quoted(keys.owner)}::text`;
const isOwnerActive = ({ owners }: Mapping) => (owners?.status ? isActive('o', owners.status) : 'true');
const ownsIt = ({ keys, owners }: Mapping) => (owners ? `o.${quoted(owners.id)} = k.${quoted(keys.owner)}` : 'true');

/** A row lets somebody in: it is active, and its time is not over. */
function isUsable(alias: string, { keys }: Mapping): string {
  const active = isActive(alias, keys.status);
  if (keys.expiresAt === undefined) return active;
  const expiresAt = `${alias}.${quoted(keys.expiresAt)}`;
  return `(${active} AND (${expiresAt} IS NULL OR ${expiresAt} > now()))`;
}

/** Parameter: the key's id. */
export function selectRow(mapping: Mapping): string {
  const { keyId, secret } = mapping.keys;
  const owner = mapping.owners ? `LEFT JOIN ${ownersOf(mapping)} ON ${ownsIt(mapping)}` : '';
  return `
    SELECT k.${quoted(secret)}::text AS sealed, ${nameOf(mapping)} AS owner, ${isUsable('k', mapping)} AS "isUsable",
           coalesce(${isOwnerActive(mapping)}, false) AS "isOwnerActive"
      FROM ${tableOf(mapping)} k ${owner} WHERE k.${quoted(keyId)} = $1`;
}

function countOfOwner(mapping: Mapping): string {
  const owner = quoted(mapping.keys.owner);
  return `SELECT count(*) FROM ${tableOf(mapping)} i WHERE i.${owner} = k.${owner} AND ${isActive('i', mapping.keys.status)}`;
}

/**
 * A new row of a key's owner, with all that the key's own row says, which is looked at again in the same statement: that it is in use
 * and its owner's, and that there is room for one more (F42). It lives as long from now as the other from its making.
 * Parameters: the new id, the sealed secret, the id of the key that is replaced, the owner's name.
 */
export function insertRow(mapping: Mapping): string {
  const { keys, owners, maxActiveKeysPerOwner: most } = mapping;
  const values = Object.entries(valuesOf(mapping));
  return `
    INSERT INTO ${tableOf(mapping)} (${values.map(([column]) => quoted(column)).join(', ')})
    SELECT ${values.map(([, value]) => value).join(', ')}
      FROM ${tableOf(mapping)} k ${owners ? `JOIN ${ownersOf(mapping)} ON ${ownsIt(mapping)}` : ''}
     WHERE k.${quoted(keys.keyId)} = $3 AND ${nameOf(mapping)} = $4 AND ${isUsable('k', mapping)} AND ${isOwnerActive(mapping)}
       ${most === undefined ? '' : `AND (${countOfOwner(mapping)}) < ${most}`}
       FOR SHARE OF k
    RETURNING 1 AS made`;
}

function valuesOf({ keys }: Mapping): Record<string, string> {
  const { keyId, secret, owner, createdAt, expiresAt, status, copied } = keys;
  const expiry = `k.${quoted(expiresAt ?? '')}`;
  return {
    [keyId]: '$1::text',
    [secret]: '$2::text',
    [owner]: `k.${quoted(owner)}`,
    [createdAt]: 'now()',
    [status.column]: statusValue(status, true),
    ...(expiresAt && { [expiresAt]: `coalesce(now() + (${expiry} - k.${quoted(createdAt)}), ${expiry})` }),
    ...Object.fromEntries(copied.map((column) => [column, `k.${quoted(column)}`])),
  };
}

/**
 * Turns one key off, while another of the same owner's, which is locked until we are done, stays in use: nobody is locked out.
 * Parameters: its id, the other's id, the owner's name, and for how many seconds it must be unused; null where that does not matter.
 */
export function disableRow(mapping: Mapping): string {
  const { keyId, owner, status, lastUsedAt } = mapping.keys;
  const used = `k.${quoted(lastUsedAt)}`;
  const isOwners = mapping.owners
    ? `EXISTS (SELECT FROM ${ownersOf(mapping)} WHERE ${ownsIt(mapping)} AND ${nameOf(mapping)} = $3)`
    : `${nameOf(mapping)} = $3`;
  return `
    UPDATE ${tableOf(mapping)} k SET ${setStatus(status, false)}
     WHERE k.${quoted(keyId)} = $1 AND ${isActive('k', status)} AND ${isOwners}
       AND ($4::float8 IS NULL OR ${used} IS NULL OR ${used} <= now() - make_interval(secs => $4::float8))
       AND EXISTS (SELECT FROM ${tableOf(mapping)} c WHERE c.${quoted(keyId)} = $2 AND c.${quoted(owner)} = k.${quoted(owner)}
                      AND ${isUsable('c', mapping)} FOR NO KEY UPDATE OF c)
    RETURNING 1 AS done`;
}

/** Parameters: the key's id, and a number of seconds. Both ages are by the database's own clock (F18). */
export function selectUse(mapping: Mapping): string {
  const { keyId, lastUsedAt, status } = mapping.keys;
  const used = `k.${quoted(lastUsedAt)}`;
  return `
    SELECT ${isActive('k', status)} AS "isActive", ${used} AS "lastUsedAt",
           (${used} > now() - make_interval(secs => $2::float8)) IS TRUE AS "isUsed"
      FROM ${tableOf(mapping)} k WHERE k.${quoted(keyId)} = $1`;
}

/**
 * In which columns a key differs from the one that it replaces, of those that are to be alike: none, where that is gone.
 * Parameters: their ids, the new one's first.
 */
export function selectDifferences(mapping: Mapping): string {
  const { keyId, owner, createdAt, expiresAt, copied } = mapping.keys;
  const lives = (alias: string) => `${alias}.${quoted(expiresAt ?? '')} - ${alias}.${quoted(createdAt)}`;
  const ends = (alias: string) => `(${alias}.${quoted(expiresAt ?? '')} IS NULL)`;
  const cases = [
    // As text: not every type knows when two of it are equal.
    ...[owner, ...copied].map((column): [string, string] => [
      column,
      `n.${quoted(column)}::text IS DISTINCT FROM k.${quoted(column)}::text`,
    ]),
    ...(expiresAt ? [[expiresAt, `${ends('n')} <> ${ends('k')} OR ${lives('n')} <> ${lives('k')}`] as const] : []),
  ].map(([column, differs]) => `CASE WHEN k.${quoted(keyId)} = $2 AND (${differs}) THEN ${literal(column)} END`);
  return `
    SELECT pg_catalog.array_remove(ARRAY[${cases.join(', ')}], NULL) AS different, ${isUsable('n', mapping)} AS "isUsable"
      FROM ${tableOf(mapping)} n LEFT JOIN ${tableOf(mapping)} k ON k.${quoted(keyId)} = $2
     WHERE n.${quoted(keyId)} = $1`;
}

/** Parameter: the table. */
export const SELECT_COLUMNS = `
  SELECT attname::text AS name FROM pg_catalog.pg_attribute
   WHERE attrelid = $1::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;
