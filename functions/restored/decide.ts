/** Judges what was found in a restored database. Pure. */
import type { Finding } from '../runtime/report.ts';
import type { Checks } from './contract.ts';
import { missing } from './missing.ts';
import { keyOf, type Rows, type TableName } from './rows.ts';

type Unanswered = { unanswered: string };

export type Facts = {
  /** `root`: the table that this one is a part of, or itself. */
  tables: (TableName & { root: TableName; rows: number | Unanswered })[];
  foreignKeys: (TableName & { name: string; isValidated: boolean; orphans: number | Unanswered })[];
  assertions: { name: string; got: string | null | Unanswered }[];
  /** `at`: milliseconds since 1970; null where no row has a time. */
  newest: (TableName & { column: string; at: number | null | Unanswered })[];
};

export type Expected = {
  checks: Checks;
  /** What the rows are of, as in `nightly`; every target begins with it. */
  source: string;
  /** What the dump holds, by its scan; undefined where there was none. */
  scanned?: Rows[] | undefined;
  /** The tables of the run that was verified last. */
  before?: Rows[] | undefined;
  /** When the backup was made, in milliseconds since 1970. */
  madeAt: number;
};

export function judge(facts: Facts, expected: Expected): Finding[] {
  return [
    ...judgeAgainstScan(facts, expected),
    ...judgeTables(facts, expected),
    ...judgeGone(facts, expected),
    ...judgeForeignKeys(facts, expected),
    ...judgeAssertions(facts, expected),
    ...judgeNewest(facts, expected),
  ];
}

const RESTORE_BY_HAND = 'Restore this backup by hand and look, and make a new one now.';

/** Whole trees are compared: a dump may hold the rows of a part in its own name or in that of its root. */
function judgeAgainstScan({ tables }: Facts, { scanned = [], source }: Expected): Finding[] {
  const roots = new Map(tables.map((table) => [keyOf(table), keyOf(table.root)]));
  const counted = new Map(tables.map((table) => [keyOf(table), table.rows]));
  const held = new Map<string, number>();
  for (const table of scanned) {
    const root = roots.get(keyOf(table)) ?? keyOf(table);
    held.set(root, (held.get(root) ?? 0) + table.rows);
  }
  return [...held].flatMap(([table, inDump]): Finding[] => {
    const rows = counted.get(table);
    const target = `${source}: table ${table}`;
    if (rows === undefined) return [critical(target, `is in the dump with ${inDump} rows, and was not restored`)];
    if (typeof rows === 'object') return [critical(target, `could not be counted (${rows.unanswered})`)];
    return rows === inDump ? [] : [critical(target, `has ${rows} rows restored, and the dump holds ${inDump}`)];
  });
}

function judgeTables({ tables }: Facts, { checks, before = [], source }: Expected): Finding[] {
  const counted = new Map(tables.map((table) => [keyOf(table), table.rows]));
  const known = new Map(before.map((table) => [keyOf(table), table.rows]));
  return checks.tables.flatMap((check): Finding[] => {
    const table = keyOf(check);
    const target = `${source}: table ${table}`;
    const rows = counted.get(table);
    if (rows === undefined) return [missing(check, { tables, before, source })];
    if (typeof rows === 'object') return [critical(target, `could not be counted (${rows.unanswered})`)];
    if (rows < check.minRows) return [critical(target, `has ${rows} rows, and must have at least ${check.minRows}`)];
    const last = known.get(table);
    const least = last === undefined ? 0 : last * (1 - check.maxShrinkPercent / 100);
    if (rows >= least) return [];
    const what = `has ${rows} rows, and had ${last} when it was last verified; it may shrink by ${check.maxShrinkPercent} %`;
    return [
      critical(
        target,
        what,
        'If the rows were removed on purpose, raise maxShrinkPercent for one run; else restore them.',
      ),
    ];
  });
}

/** What nobody named in settings, and was there the last time. */
function judgeGone({ tables }: Facts, { checks, before = [], source }: Expected): Finding[] {
  const there = new Set([...tables, ...checks.tables].map(keyOf));
  return before
    .filter((table) => table.rows > 0 && !there.has(keyOf(table)))
    .map((table) => ({
      severity: 'warning' as const,
      target: `${source}: table ${keyOf(table)}`,
      what: `is gone; it had ${table.rows} rows when it was last verified`,
      remedy: 'If it was dropped on purpose, nothing; else look at what pg_dump was told to leave out.',
    }));
}

/** PostgreSQL was told not to check some of them when they were made: then orphans are no news, and no damage. */
function judgeForeignKeys({ foreignKeys }: Facts, { source }: Expected): Finding[] {
  return foreignKeys.flatMap(({ schema, table, name, isValidated, orphans }): Finding[] => {
    if (orphans === 0) return [];
    const target = `${source}: foreign key ${schema}.${table} ${name}`;
    if (typeof orphans === 'object') return [critical(target, `could not be checked (${orphans.unanswered})`)];
    if (isValidated) return [critical(target, `does not hold: ${orphans} rows have no parent`)];
    const remedy = 'Repair the rows and ALTER TABLE … VALIDATE CONSTRAINT in production.';
    return [{ severity: 'warning', target, what: `is not validated, and ${orphans} rows have no parent`, remedy }];
  });
}

function judgeAssertions({ assertions }: Facts, { checks, source }: Expected): Finding[] {
  return checks.assertions.flatMap(({ name, expect }): Finding[] => {
    const got = assertions.find((assertion) => assertion.name === name)?.got ?? null;
    const target = `${source}: assertion ${name}`;
    if (typeof got === 'object' && got !== null) {
      const what = `gave no single value (${got.unanswered})`;
      return [
        critical(
          target,
          what,
          'Correct its query in settings: one row of one column, with the schema before each table.',
        ),
      ];
    }
    // What it gave may be somebody's data.
    return isAsExpected(got, expect) ? [] : [critical(target, `did not give ${String(expect)}`)];
  });
}

/** PostgreSQL writes true as t; a number may have more digits than it needs. */
function isAsExpected(got: string | null, expect: string | number | boolean): boolean {
  if (got === null) return false;
  if (typeof expect === 'boolean') return got === (expect ? 't' : 'f') || got === String(expect);
  return got === String(expect) || (typeof expect === 'number' && got.trim() !== '' && Number(got) === expect);
}

const HOUR_MS = 3_600_000;
/** PostgreSQL’s undefined_table. */
const NO_TABLE = '42P01';

function judgeNewest({ tables, newest }: Facts, { checks, before = [], madeAt, source }: Expected): Finding[] {
  return checks.newest.flatMap(({ maxAgeHours, ...check }): Finding[] => {
    const target = `${source}: column ${keyOf(check)}.${check.column}`;
    const at = newest.find((one) => keyOf(one) === keyOf(check) && one.column === check.column)?.at ?? null;
    if (at === null) return [critical(target, 'has no time in any row')];
    if (typeof at === 'object' && at.unanswered === NO_TABLE) return [missing(check, { tables, before, source })];
    if (typeof at === 'object') return [critical(target, `could not be read as a time (${at.unanswered})`)];
    const hours = (madeAt - at) / HOUR_MS;
    if (hours <= maxAgeHours) return [];
    const what = `is ${hours.toFixed(1)} hours older than the backup at its newest, and may be ${maxAgeHours}`;
    return [critical(target, what, 'Look at whether the backup is made of the right database, and of the primary.')];
  });
}

function critical(target: string, what: string, remedy = RESTORE_BY_HAND): Finding {
  return { severity: 'critical', target, what, remedy };
}
