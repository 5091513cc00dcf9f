/** The one place where this runbook talks to the system's database: the keys are read as a stream, and changed one by one. */
import { isActive, setStatus } from '../key-table/status.ts';
import type { Session } from '../runtime/postgres.ts';
import { copiedRows, type Fields, quoted } from '../runtime/sql.ts';
import type { Settings } from './contract.ts';
import type { KeyFacts } from './decide.ts';

type Mapping = Pick<Settings, 'keys' | 'owners'>;

/** The database's clock, in seconds since 1970: ages are judged by the clock that wrote the times. */
export async function readClock(session: Session): Promise<number> {
  const [row] = await session.query<{ now: string }>('SELECT floor(extract(epoch FROM pg_catalog.now()))::text AS now');
  return Number(row?.now);
}

/**
 * Every key in the byte order of its id, some at a time, all from one snapshot. The sort and the counts per owner are the
 * database's work; nothing here grows with the table.
 */
export async function* readKeys(session: Session, mapping: Mapping): AsyncGenerator<Iterable<KeyFacts>> {
  yield* copiedRows(session.copyOut(`COPY (${selectKeys(mapping)}) TO STDOUT`), factsOf);
}

function selectKeys({ keys, owners }: Mapping): string {
  const table = quoted(keys.schema, keys.table);
  const owner = quoted(keys.owner);
  return `
    SELECT k.${quoted(keys.keyId)}::text COLLATE "C", k.${owner}::text,
           ${owners ? `coalesce(o.${quoted(owners.name)}::text, k.${owner}::text)` : `k.${owner}::text`},
           ${owners?.status ? `coalesce(${isActive('o', owners.status)}, false)` : 'true'},
           ${epoch(`k.${quoted(keys.createdAt)}`)}, ${epoch(`k.${quoted(keys.lastUsedAt)}`)},
           ${keys.expiresAt ? epoch(`k.${quoted(keys.expiresAt)}`) : 'NULL'},
           ${isActive('k', keys.status)}, coalesce(a.active_keys, 0), ${epoch('a.latest')}
      FROM ${table} k
      ${owners ? `LEFT JOIN ${quoted(owners.schema, owners.table)} o ON o.${quoted(owners.id)} = k.${owner}` : ''}
      LEFT JOIN (
        SELECT i.${owner} AS owner, count(*) AS active_keys,
               max(greatest(i.${quoted(keys.createdAt)}, i.${quoted(keys.lastUsedAt)})) AS latest
          FROM ${table} i WHERE ${isActive('i', keys.status)} GROUP BY i.${owner}
      ) a ON a.owner = k.${owner}
     ORDER BY 1`;
}

/** Whole seconds; a float, because a timestamp may be infinite and an integer may not. `extract` gives a slow numeric. */
function epoch(expression: string): string {
  return `floor(date_part('epoch', ${expression}))`;
}

/** The columns of `selectKeys`, in its order. */
function factsOf(row: Fields): KeyFacts {
  return {
    keyId: row.text() ?? '',
    owner: row.text(),
    ownerName: row.text() ?? '(no owner)',
    ownerActive: row.boolean() ?? false,
    createdAt: row.number(),
    lastUsedAt: row.number(),
    expiresAt: row.number(),
    active: row.boolean() ?? false,
    ownerActiveKeys: row.number() ?? 0,
    ownerLatest: row.number(),
  };
}

/** What a key looked like when it was judged; the act checks that it still does. */
export type SeenKey = { keyId: string; owner: string | undefined; lastUsedAt: number | undefined };

/**
 * Turns one key off, in one statement that checks that it is still active and was not used since it was seen (F91). Unless
 * settings allow it, another active key of the owner must exist, and is locked until we commit, so that it stays active.
 * Must run in a transaction.
 * @returns the transaction's id, or undefined where the key is no longer what was seen
 */
export async function disableKey(session: Session, settings: Settings, seen: SeenKey): Promise<string | undefined> {
  const lastUsedAt = seen.lastUsedAt === undefined ? null : String(seen.lastUsedAt);
  return changed(session, disableSql(settings), [seen.keyId, seen.owner ?? null, lastUsedAt]);
}

function disableSql({ keys, policy }: Settings): string {
  const table = quoted(keys.schema, keys.table);
  const id = quoted(keys.keyId);
  const spare = `EXISTS (SELECT FROM ${table} o WHERE o.${quoted(keys.owner)} = $2 AND o.${id} <> $1
                          AND ${isActive('o', keys.status)} FOR NO KEY UPDATE OF o)`;
  return `UPDATE ${table} k SET ${setStatus(keys.status, false)}
           WHERE k.${id} = $1 AND k.${quoted(keys.owner)} IS NOT DISTINCT FROM $2
             AND ${isActive('k', keys.status)}
             AND ${epoch(`k.${quoted(keys.lastUsedAt)}`)} IS NOT DISTINCT FROM $3::float8
             ${policy.disableLastActiveKey ? '' : `AND ${spare}`}`;
}

/**
 * Turns one key on again, if its row is still the very one that the transaction `xid` of ours wrote. Whoever turned the key on
 * since and off again, or gave it another word, wrote another row version, and theirs is the last word.
 * Must run in a transaction. @returns as `disableKey`
 */
export async function enableKey(
  session: Session,
  settings: Settings,
  { keyId, xid }: { keyId: string; xid: string },
): Promise<string | undefined> {
  return changed(session, enableSql(settings), [keyId, xid]);
}

function enableSql({ keys }: Settings): string {
  // A row knows the low 32 bits of the transaction that wrote it.
  return `UPDATE ${quoted(keys.schema, keys.table)} k SET ${setStatus(keys.status, true)}
           WHERE k.${quoted(keys.keyId)} = $1
             AND k.xmin::text = ($2::bigint % 4294967296)::text`;
}

/**
 * PostgreSQL checks permissions and names also for a statement that it only explains: what would fail is known before it is
 * begun. @throws RefusalError naming the table or column
 */
export async function mustBeAllowed(session: Session, settings: Settings, act: 'disable' | 'enable'): Promise<void> {
  if (act === 'disable') await session.query(`EXPLAIN ${disableSql(settings)}`, [null, null, null]);
  else await session.query(`EXPLAIN ${enableSql(settings)}`, [null, null]);
}

async function changed(session: Session, sql: string, values: unknown[]): Promise<string | undefined> {
  const rows = await session.query<{ xid: string }>(
    `${sql} RETURNING pg_catalog.pg_current_xact_id()::text AS xid`,
    values,
  );
  return rows[0]?.xid;
}

export type Fate = 'committed' | 'aborted' | 'in progress' | 'unknown';

/** What became of a transaction. PostgreSQL forgets after some hundred million others: then it is `unknown`. */
export async function fateOf(session: Session, xid: string): Promise<Fate> {
  const [row] = await session.query<{ fate: Fate | null }>('SELECT pg_catalog.pg_xact_status($1::xid8) AS fate', [xid]);
  return row?.fate ?? 'unknown';
}
