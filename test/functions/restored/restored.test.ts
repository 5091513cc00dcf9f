import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checked, checkRestored } from '../../../functions/restored/check.ts';
import { Checks } from '../../../functions/restored/contract.ts';
import type { Expected } from '../../../functions/restored/decide.ts';
import { enterScratch, makeScratch } from '../../../functions/scratch/scratch.ts';
import { rowsIn } from '../restore/dumps.ts';
import { useIsolated } from '../scratch/isolated.ts';

const isolated = useIsolated();
const MADE_AT = Date.parse('2026-03-01T00:00:00Z');
let database: string;

beforeAll(async () => {
  const run = isolated.run();
  database = await makeScratch(run);
  const owner = new pg.Client({ ...isolated.server.admin, database });
  await owner.connect();
  await owner.query(`
    SET ROLE restorer;
    CREATE TABLE public.users (id integer PRIMARY KEY, name text, seen timestamptz, born date);
    INSERT INTO public.users SELECT n, 'user ' || n, '2026-02-28 12:00Z', '2000-01-01' FROM generate_series(1, 10) AS n;
    INSERT INTO public.users VALUES (11, 'nobody', 'infinity', NULL);
    CREATE TABLE public.keys (id integer, owner integer);
    INSERT INTO public.keys VALUES (1, 1), (2, NULL), (3, 77);
    ALTER TABLE public.keys ADD CONSTRAINT of_user FOREIGN KEY (owner) REFERENCES public.users NOT VALID;
    CREATE SCHEMA "North East"; CREATE TABLE "North East"."Order; Lines" (id integer);
    CREATE TABLE public.events (at date, what text) PARTITION BY RANGE (at);
    CREATE TABLE public.events_2025 PARTITION OF public.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE public.events_2026 PARTITION OF public.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    INSERT INTO public.events VALUES ('2025-05-05', 'a'), ('2026-01-05', 'b'), ('2026-02-05', 'c')`);
  await owner.end();
});
afterAll(async () => {
  await isolated.admin.query(`DROP DATABASE "${database}" WITH (FORCE)`);
});

const SCANNED = [
  { schema: 'North East', table: 'Order; Lines', rows: 0 },
  { schema: 'public', table: 'events', rows: 0 },
  { schema: 'public', table: 'events_2025', rows: 1 },
  { schema: 'public', table: 'events_2026', rows: 2 },
  { schema: 'public', table: 'keys', rows: 3 },
  { schema: 'public', table: 'users', rows: 11 },
];

/** Looks in with a new session, as the restore's own role. */
async function check(checks: object, expected: Partial<Expected> & { from?: 'dump' | 'files' } = {}): Promise<Checked> {
  const run = isolated.run();
  const session = await enterScratch(run, database, run.deadline);
  try {
    return await checkRestored(session, {
      checks: Checks.parse(checks),
      source: 'nightly',
      from: 'dump',
      madeAt: MADE_AT,
      deadline: run.deadline,
      ...expected,
    });
  } finally {
    await session.close();
  }
}

const users = { tables: [{ table: 'users', minRows: 11 }] };
const said = ({ findings }: Checked) => findings.map(({ severity, target, what }) => `${severity} ${target} ${what}`);
const ORPHAN = 'warning nightly: foreign key public.keys of_user is not validated, and 1 rows have no parent';

describe('a restored database', () => {
  it('that holds what the dump does has no finding but what production has too', async () => {
    const checked = await check(users, { scanned: SCANNED });
    expect(said(checked)).toEqual([ORPHAN]);
    expect(checked.tables).toContainEqual({ schema: 'public', table: 'users', rows: 11 });
    expect(checked.tables).toContainEqual({ schema: 'public', table: 'events', rows: 3 });
  });

  it('is compared with the dump tree by tree, whichever part the dump has the rows in', async () => {
    const viaRoot = SCANNED.map((table) => ({ ...table, ...(table.table.startsWith('events') && { rows: 0 }) }));
    const scanned = viaRoot.map((table) => ({ ...table, ...(table.table === 'events' && { rows: 3 }) }));
    expect(said(await check(users, { scanned }))).toEqual([ORPHAN]);
    expect(said(await check(users, { scanned: viaRoot }))).toContainEqual(
      'critical nightly: table public.events has 3 rows restored, and the dump holds 0',
    );
  });

  it('F71 that lacks a row or a table of the dump is a critical finding', async () => {
    const scanned = [
      { schema: 'public', table: 'gone', rows: 5 },
      { schema: 'public', table: 'users', rows: 12 },
    ];
    expect(said(await check(users, { scanned }))).toEqual([
      'critical nightly: table public.gone is in the dump with 5 rows, and was not restored',
      'critical nightly: table public.users has 11 rows restored, and the dump holds 12',
      ORPHAN,
    ]);
  });

  it('has the tables that must exist, with so many rows, and has not shrunk by more than it may', async () => {
    const before = [
      { schema: 'public', table: 'users', rows: 13 },
      { schema: 'public', table: 'keys', rows: 3 },
      { schema: 'public', table: 'dropped', rows: 4 },
      { schema: 'public', table: 'empty', rows: 0 },
    ];
    const tables = [{ table: 'users' }, { table: 'keys', minRows: 4 }, { table: 'orders' }];
    expect(said(await check({ tables }, { before }))).toEqual([
      'critical nightly: table public.users has 11 rows, and had 13 when it was last verified; it may shrink by 10 %',
      'critical nightly: table public.keys has 3 rows, and must have at least 4',
      expect.stringMatching(
        /^critical nightly: table public\.orders must exist, and there is no such table in this backup/,
      ),
      'warning nightly: table public.dropped is gone; it had 4 rows when it was last verified',
      ORPHAN,
    ]);
    const roomy = { tables: [{ table: 'users', maxShrinkPercent: 20 }] };
    expect(said(await check(roomy, { before: before.slice(0, 1) }))).toEqual([ORPHAN]);
  });

  it('that lacks a table which settings misspell is told apart from one that has lost it', async () => {
    const checks = (...tables: object[]) =>
      check({ tables }, { before: [{ schema: 'public', table: 'gone', rows: 4 }] });
    const told = async (...tables: object[]) =>
      (await checks(...tables)).findings.map(({ what, remedy }) => [what, remedy]);
    const near = /no such table in this backup, nor in the one verified last; the nearest name is public\.users$/;
    expect(await told({ table: 'gone' }, { table: 'user' })).toEqual([
      [
        'is gone: it had 4 rows when it was last verified, and must exist',
        expect.stringContaining('make a new backup'),
      ],
      [expect.stringMatching(near), expect.stringContaining('correct it in settings')],
      expect.anything(),
    ]);
    expect((await told({ schema: 'publik', table: 'Users' }))[0]?.[0]).toMatch(near);
    const elsewhere = await told({ schema: 'archive', table: 'keys' });
    expect(elsewhere[0]?.[0]).toMatch(/the nearest name is public\.keys$/);
    const far = await told({ table: 'invoices' });
    expect(far[0]?.[0]).toMatch(/nor in the one verified last; it has North East\.Order; Lines, .*public\.users$/);
    const newest = { newest: [{ table: 'user', column: 'seen', maxAgeHours: 12 }] };
    expect(said(await check(newest))).toContainEqual(
      'critical nightly: table public.user must exist, and there is no such table in this backup; the nearest name is public.users',
    );
  });

  it('is as new as its newest time, and infinity is none', async () => {
    const newest = (column: string, maxAgeHours: number) => ({ newest: [{ table: 'users', column, maxAgeHours }] });
    expect(said(await check(newest('seen', 12)))).toEqual([ORPHAN]);
    expect(said(await check(newest('seen', 11)))).toContainEqual(
      'critical nightly: column public.users.seen is 12.0 hours older than the backup at its newest, and may be 11',
    );
    expect(said(await check(newest('born', 24)))[1]).toMatch(
      /^critical nightly: column public\.users\.born is \d+\.0 hours/,
    );
    expect(said(await check(newest('name', 24)))[1]).toMatch(/could not be read as a time \(42883\)/);
    const empty = { newest: [{ schema: 'public', table: 'keys', column: 'gone', maxAgeHours: 1 }] };
    expect(said(await check(empty))[1]).toMatch(/could not be read as a time \(42703\)/);
  });

  it('of a copy of files has its foreign keys checked whether PostgreSQL believes them or not', async () => {
    const owner = new pg.Client({ ...isolated.server.admin, database });
    await owner.connect();
    // What a damaged file looks like: the key counts as validated, and a row has no parent.
    await owner.query(`UPDATE pg_constraint SET convalidated = true WHERE conname = 'of_user'`);
    expect(said(await check(users))).toEqual([]);
    expect(said(await check(users, { from: 'files' }))).toEqual([
      'critical nightly: foreign key public.keys of_user does not hold: 1 rows have no parent',
    ]);
    await owner.query(`UPDATE pg_constraint SET convalidated = false WHERE conname = 'of_user'`);
    await owner.end();
  });
});

describe('an assertion', () => {
  const asserting = (query: string, expected: string | number | boolean = 'x') =>
    check({ assertions: [{ name: 'own', query, expect: expected }] });

  it.each([
    ['SELECT count(*) FROM public.users', 11],
    ['SELECT 11.00', 11],
    ['SELECT true', true],
    ["SELECT 'true'", true],
    ['SELECT name FROM public.users WHERE id = 1;', 'user 1'],
    ["SELECT '2026-01-01'::date", '2026-01-01'],
  ] as const)('%s holds for %s', async (query, expected) => {
    expect(said(await asserting(query, expected))).toEqual([ORPHAN]);
  });

  it.each([
    ['SELECT 10', 11],
    ['SELECT false', true],
    ['SELECT NULL', 'null'],
    ["SELECT ''", 0],
  ] as const)('%s does not hold for %s, and what it gave is not told', async (query, expected) => {
    expect(said(await asserting(query, expected))).toContainEqual(
      `critical nightly: assertion own did not give ${expected}`,
    );
  });

  it.each([
    ['SELECT 1 WHERE false', /0 rows/],
    ['SELECT 1, 2', /1 rows of 2 columns/],
    ['SELECT id FROM public.users', /11 rows of 1 columns/],
    ['SELEC', /42601/],
    ['SELECT count(*) FROM users', /42P01/],
  ])('%s gives no single value, which is said with its reason', async (query, reason) => {
    expect(said(await asserting(query))[1]).toMatch(reason);
  });

  it.each([
    'DELETE FROM public.users',
    'COMMIT; DELETE FROM public.users WHERE id = 5',
    'COMMIT',
    'SET TRANSACTION READ WRITE',
    "SELECT set_config('transaction_read_only', 'off', false)",
    'WITH gone AS (DELETE FROM public.users RETURNING 1) SELECT count(*) FROM gone',
    'DO $$ BEGIN COMMIT; DELETE FROM public.users; END $$',
    'CREATE TABLE public.left_behind ()',
    'SELECT pg_catalog.lo_create(5)',
    'SET default_transaction_read_only = off',
    'SET search_path = pg_temp',
  ])('%s changes nothing, and is a finding', async (query) => {
    const before = await rowsIn(isolated, database, 'SELECT count(*)::int FROM public.users');
    const checked = await check({
      assertions: [
        { name: 'first', query, expect: 'x' },
        { name: 'second', query: 'DELETE FROM public.users', expect: 'x' },
        { name: 'third', query: "SELECT current_setting('search_path')", expect: '""' },
      ],
    });
    expect(said(checked).filter((one) => one.includes('assertion'))).toEqual([
      expect.stringContaining('assertion first gave no single value'),
      'critical nightly: assertion second gave no single value (25006)',
    ]);
    expect(await rowsIn(isolated, database, 'SELECT count(*)::int FROM public.users')).toEqual(before);
    expect(await rowsIn(isolated, database, `SELECT to_regclass('left_behind') IS NULL`)).toEqual([[true]]);
  });
});
