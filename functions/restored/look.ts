/** Looks into a restored database. It changes nothing there. */
import { quoted } from '../runtime/sql.ts';
import { type ForeignKey, readForeignKeys, readTables, type Table } from './catalogue.ts';
import type { Checks } from './contract.ts';
import type { Facts } from './decide.ts';
import { ask, type Restored, type Unanswered } from './read-only.ts';

type Looking = Restored & {
  checks: Checks;
  /**
   * How it was restored. The statements of a dump have PostgreSQL check every foreign key again; a copy of its files brings along
   * what was believed before.
   */
  from: 'dump' | 'files';
};

/** @throws RefusalError when the connection is lost, or the catalogue cannot be read */
export async function look(looking: Looking): Promise<Facts> {
  const { session, checks, from } = looking;
  const tables = await readTables(session);
  const keys = (await readForeignKeys(session)).filter(({ isValidated }) => from === 'files' || !isValidated);
  return {
    tables: await each(tables, (table) => countRows(looking, table)),
    foreignKeys: await each(keys, (key) => countOrphans(looking, key)),
    assertions: await each(checks.assertions, async ({ name, query }) => {
      return { name, got: single(await ask(looking, query, ASSERTION_TIMEOUT_MS)) };
    }),
    newest: await each(checks.newest, (newest) => readNewest(looking, newest)),
  };
}

/** Longer than a question to a table with an index takes; one that never ends must not take the time of all the others. */
const ASSERTION_TIMEOUT_MS = 60_000;

/** One after the other: there is one connection. */
async function each<One, Other>(all: One[], work: (one: One) => Promise<Other>): Promise<Other[]> {
  const done: Other[] = [];
  for (const one of all) done.push(await work(one));
  return done;
}

/** Rows of tables that inherit from it are theirs; rows of its parts are its own. */
async function countRows(
  looking: Looking,
  { schema, table, isPartitioned, root }: Table,
): Promise<Facts['tables'][number]> {
  const only = isPartitioned ? '' : 'ONLY ';
  const rows = await number(looking, `SELECT pg_catalog.count(*) FROM ${only}${quoted(schema, table)}`);
  return { schema, table, root, rows };
}

/** As PostgreSQL means it: a row with a NULL among the columns has no parent, and needs none. */
async function countOrphans(looking: Looking, key: ForeignKey): Promise<Facts['foreignKeys'][number]> {
  const child = key.columns.map((column) => `child.${quoted(column)}`);
  const same = key.operators.map(
    ({ schema, name }, at) =>
      `parent.${quoted(key.parentColumns[at] ?? '')} OPERATOR(${quoted(schema)}.${name}) ${child[at]}`,
  );
  const orphans = await number(
    looking,
    `SELECT pg_catalog.count(*) FROM ${quoted(key.schema, key.table)} AS child
     WHERE ${child.map((column) => `${column} IS NOT NULL`).join(' AND ')}
       AND NOT EXISTS (SELECT FROM ${quoted(key.parentSchema, key.parentTable)} AS parent WHERE ${same.join(' AND ')})`,
  );
  const { name, schema, table, isValidated } = key;
  return { name, schema, table, isValidated, orphans };
}

async function readNewest(looking: Looking, newest: Checks['newest'][number]): Promise<Facts['newest'][number]> {
  const { schema, table, column } = newest;
  const got = single(
    await ask(
      looking,
      `SELECT pg_catalog.date_part('epoch', pg_catalog.max(${quoted(column)})::pg_catalog.timestamptz)
       FROM ${quoted(schema, table)} WHERE pg_catalog.isfinite(${quoted(column)})`,
    ),
  );
  if (typeof got === 'object' && got !== null) return { schema, table, column, at: got };
  return { schema, table, column, at: got === null ? null : Number(got) * 1000 };
}

async function number(looking: Looking, question: string): Promise<number | Unanswered> {
  const got = single(await ask(looking, question));
  return typeof got === 'string' ? Number(got) : (got ?? { unanswered: 'no number' });
}

/** The one value of an answer of one row and one column. */
function single(answer: Awaited<ReturnType<typeof ask>>): string | null | Unanswered {
  if (!Array.isArray(answer)) return answer;
  const [row] = answer;
  if (answer.length !== 1 || row?.length !== 1)
    return { unanswered: `${answer.length} rows of ${row?.length ?? 0} columns` };
  return row[0] ?? null;
}
