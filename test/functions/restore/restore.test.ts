import { describe, expect, it } from 'vitest';
import { DumpError } from '../../../functions/dump/dump-error.ts';
import { useIsolated } from '../scratch/isolated.ts';
import { briefly, command, copy, dumpOf, largeObject, restore, rowsIn, sql } from './dumps.ts';

const isolated = useIsolated();
const NONE = { harmless: 0, environment: 0, corruption: 0, hostile: 0 };
const USERS = 'CREATE TABLE public.users (id integer PRIMARY KEY, name text)';

describe('a restore', () => {
  it('carries out statements, rows and large objects in their order, and counts rows as PostgreSQL does', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql("SELECT pg_catalog.set_config('search_path', '', false)", USERS),
        copy('users', ['1\tAda', '2\t\\N', '3\tGrace']),
        sql(
          'CREATE INDEX names ON public.users (name)',
          '-- nothing but a remark',
          "SELECT pg_catalog.lo_create('4711')",
        ),
        largeObject('4711', 'one ', 'object'),
        largeObject('4712', 'made by its contents'),
      ),
    );
    expect(restored).toMatchObject({ reached: 'end', counts: NONE, problems: [], largeObjects: 2, insertedRows: 0 });
    expect(restored.tables).toEqual([{ schema: 'public', table: 'users', rows: 3 }]);
    expect(await rowsIn(isolated, restored.database, 'SELECT id, name FROM users ORDER BY id')).toEqual([
      [1, 'Ada'],
      [2, null],
      [3, 'Grace'],
    ]);
    expect(
      await rowsIn(
        isolated,
        restored.database,
        `SELECT convert_from(lo_get(oid), 'UTF8') FROM pg_largeobject_metadata ORDER BY oid`,
      ),
    ).toEqual([['one object'], ['made by its contents']]);
  });

  it('of INSERTs is the same, whatever is quoted', async () => {
    const names = ["O''Brien", 'semi;colon', '--', '/*', '$$'];
    const restored = await restore(
      isolated,
      dumpOf(
        sql('CREATE TABLE public."Order Lines" (id integer GENERATED ALWAYS AS IDENTITY, "say ""hi""" text)'),
        sql(
          ...names.map(
            (name, at) => `INSERT INTO public."Order Lines" OVERRIDING SYSTEM VALUE VALUES (${at}, '${name}')`,
          ),
        ),
        sql(`CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $_$ SELECT ';' || $$;$$ $_$`),
      ),
    );
    expect(restored).toMatchObject({ counts: NONE, insertedRows: names.length, tables: [] });
    expect(await rowsIn(isolated, restored.database, 'SELECT "say ""hi""" FROM "Order Lines" ORDER BY id')).toEqual(
      names.map((name) => [name.replace("''", "'")]),
    );
  });

  it('F71 pins each error to its statement and carries on with all the others, in one batch of many', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql(
          USERS,
          ...Array.from(
            { length: 500 },
            (_, id) => `INSERT INTO public.users VALUES (${id % 100 === 99 ? 0 : id}, 'canary')`,
          ),
        ),
        sql(
          'CREATE TABLE public.last ()',
          'INSERT INTO public.nowhere VALUES (1)',
          'SELEC 1',
          'CREATE TABLE public.behind ()',
        ),
      ),
    );
    expect(restored).toMatchObject({ insertedRows: 495, counts: { ...NONE, corruption: 7 } });
    expect(restored.problems.slice(0, 2)).toEqual(
      [101, 201].map((line) => ({
        class: 'corruption',
        what: '23505 unique violation at public.users (users_pkey)',
        statement: 'INSERT INTO public.users …',
        at: `line ${line}`,
        sqlState: '23505',
      })),
    );
    expect(briefly(restored).slice(5)).toEqual([
      'corruption 42P01 INSERT INTO public.nowhere …',
      'corruption 42601 SELEC 1',
    ]);
    expect(await rowsIn(isolated, restored.database, `SELECT count(*)::int FROM public.users`)).toEqual([[495]]);
    expect(await rowsIn(isolated, restored.database, `SELECT to_regclass('behind') IS NOT NULL`)).toEqual([[true]]);
  });

  it('F71 of a table that is not there costs a message for each INSERT, not one for each pair of them', async () => {
    const rows = Array.from({ length: 3_000 }, (_, id) => `INSERT INTO public.nowhere VALUES (${id})`);
    const restored = await restore(isolated, dumpOf(sql(...rows, USERS)));
    expect(restored.counts).toEqual({ ...NONE, corruption: 3_000 });
    expect(restored.problems).toHaveLength(25);
    expect(await rowsIn(isolated, restored.database, 'SELECT count(*)::int FROM users')).toEqual([[0]]);
  });

  it('F71 finds a bad row, which undoes its table only, and reads on behind it', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql(USERS, 'CREATE TABLE public.keys (id integer)'),
        copy('users', ['1\tAda', 'canary\tEve', '3\tGrace']),
        copy('nowhere', ['1', '2']),
        copy('keys', ['7', '8']),
      ),
    );
    expect(briefly(restored)).toEqual([
      'corruption 22P02 COPY public.users FROM stdin;',
      'corruption 42P01 COPY public.nowhere FROM stdin;',
    ]);
    expect(restored.tables.map(({ table, rows }) => [table, rows])).toEqual([
      ['users', 0],
      ['nowhere', 0],
      ['keys', 2],
    ]);
  });

  it('shows no value of a row in anything that it says', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql(
          'CREATE TABLE public.t (id integer PRIMARY KEY, secret text CHECK (length(secret) < 20))',
          `INSERT INTO public.t VALUES (1, 'canary-canary-canary-canary')`,
          `INSERT INTO public.t SELECT 'canary'`,
          `CREATE USER MAPPING FOR postgres SERVER canaries OPTIONS (password 'canary')`,
          `COMMENT ON TABLE public.gone IS $x$canary$x$`,
          `UPDATE public.gone SET id = 4711canary`,
        ),
        copy('t', ['canary\tcanary']),
        command("\\set canary 'canary'"),
      ),
    );
    expect(restored.problems.length).toBe(7);
    const said = JSON.stringify(restored).replaceAll(/canaries|\\\\set canary/g, '');
    expect(said).not.toContain('canary');
  });

  it('keeps a transaction of the dump together, and undoes in it what failed and nothing else', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql(
          USERS,
          'BEGIN;',
          'INSERT INTO public.users VALUES (1)',
          'INSERT INTO public.users VALUES (1)',
          'INSERT INTO public.users VALUES (2)',
        ),
        copy('users', ['3\tGrace', '3\tGrace']),
        copy('users', ['4\tAda']),
        sql(
          "SELECT pg_catalog.lo_open(pg_catalog.lo_create('99'), 131072)",
          "SELECT pg_catalog.lowrite(0, '\\x6869')",
          'COMMIT',
        ),
        sql('INSERT INTO public.users VALUES (5)'),
      ),
    );
    expect(briefly(restored)).toEqual([
      'corruption 23505 INSERT INTO public.users …',
      'corruption 23505 COPY public.users FROM stdin;',
    ]);
    expect(await rowsIn(isolated, restored.database, 'SELECT id FROM users ORDER BY id')).toEqual([[1], [2], [4], [5]]);
    expect(await rowsIn(isolated, restored.database, `SELECT convert_from(lo_get(99), 'UTF8')`)).toEqual([['hi']]);
  });

  it('carries out by itself what PostgreSQL takes in no transaction', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql(
          USERS,
          'CREATE INDEX CONCURRENTLY names ON public.users (name)',
          'VACUUM public.users',
          'CREATE TABLE public.after ()',
        ),
      ),
    );
    expect(restored.counts).toEqual(NONE);
    expect(
      await rowsIn(
        isolated,
        restored.database,
        `SELECT to_regclass('names') IS NOT NULL, to_regclass('after') IS NOT NULL`,
      ),
    ).toEqual([[true, true]]);
  });

  it('says where a dump could not be read further, and keeps what went before', async () => {
    async function* cutOff() {
      yield sql(USERS);
      yield { ...copy('users', []), data: half() };
    }
    async function* half() {
      yield Buffer.from('1\tAda\n');
      throw new DumpError('cut off', 'the compression ends at byte 17');
    }
    const restored = await restore(isolated, cutOff() as Parameters<typeof restore>[1]);
    expect(restored).toMatchObject({ reached: 'defect', defect: { kind: 'cut off' }, counts: NONE });
    expect(await rowsIn(isolated, restored.database, 'SELECT count(*)::int FROM users')).toEqual([[0]]);
  });
});

describe('F71 what is harmless', () => {
  it('is owners and grants, of roles that are there or not: they are left out, and counted', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        command('\\restrict abcDEF123'),
        sql(
          USERS,
          'ALTER TABLE public.users OWNER TO alexander;',
          'ALTER TABLE public.users OWNER TO postgres',
          'ALTER SCHEMA public OWNER TO "pg_database_owner"',
          'GRANT SELECT ON TABLE public.users TO PUBLIC',
          'GRANT ALL ON TABLE public.users TO alexander WITH GRANT OPTION',
          'REVOKE ALL ON SCHEMA public FROM restorer',
          'ALTER DEFAULT PRIVILEGES FOR ROLE alexander GRANT SELECT ON TABLES TO reader',
          "SET SESSION AUTHORIZATION 'alexander'",
          "CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8'",
          'ALTER DATABASE shop OWNER TO alexander',
          'SET statement_timeout = 0',
          'SET transaction_timeout = 0',
        ),
        command('\\connect shop'),
        command('\\unrestrict abcDEF123'),
      ),
    );
    expect(restored.counts).toEqual({ ...NONE, harmless: 15 });
    expect(
      await rowsIn(
        isolated,
        restored.database,
        `SELECT relowner::regrole::text, has_table_privilege('public', oid, 'SELECT') FROM pg_class WHERE relname = 'users'`,
      ),
    ).toEqual([['restorer', false]]);
    expect(await rowsIn(isolated, 'postgres', `SELECT FROM pg_database WHERE datname = 'shop'`)).toEqual([]);
  });

  it('is what --clean cleans away before anything is there', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql(
          'ALTER TABLE ONLY public.keys DROP CONSTRAINT keys_owner_fkey',
          'DROP TABLE public.users',
          'DROP FUNCTION public.f()',
          'DROP TYPE shop.size',
          'CREATE SCHEMA public',
          USERS,
        ),
      ),
    );
    expect(restored.counts).toEqual({ ...NONE, harmless: 5 });
  });
});

describe('F71 what is of the surroundings', () => {
  it('is an extension that the server lacks or that needs more power, and whatever stands upon it', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql(
          'CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public',
          "COMMENT ON EXTENSION postgis IS 'maps'",
          'CREATE TABLE public.places (at public.geography)',
        ),
        copy('places', ['x']),
        sql(USERS),
        copy('users', ['1\tAda', '1\tAda']),
      ),
    );
    expect(briefly(restored).map((said) => said.split(' ')[0])).toEqual([
      'environment',
      'environment',
      'environment',
      'environment',
      'corruption',
    ]);
  });

  it('is a place on disk, a table method or a collation of another server', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql(
          "SET default_tablespace = 'fast'",
          'SET default_table_access_method = columnar',
          "CREATE COLLATION public.tlh (provider = libc, locale = 'tlh_QO')",
          USERS,
        ),
      ),
    );
    expect(restored.counts).toMatchObject({ corruption: 0, hostile: 0 });
    expect(restored.counts.environment).toBeGreaterThanOrEqual(1);
    expect(await rowsIn(isolated, restored.database, 'SELECT count(*)::int FROM users')).toEqual([[0]]);
  });
});

describe('F78 a dump of a newer server', () => {
  const newer = () =>
    dumpOf(
      sql(
        'SET quantum_timeout = 0',
        'CREATE TABLE public.future (id integer) SHARDED BY HASH (id)',
        'CREATE TABLE public.past (id integer)',
        'INSERT INTO public.past VALUES (1)',
      ),
      copy('future', ['1']),
    );

  it('that says what this one does not know is about the surroundings, and no corruption', async () => {
    const restored = await restore(isolated, newer(), { madeBy: ['19.1', '19.1'] });
    expect(restored.counts).toEqual({ ...NONE, environment: 3 });
    expect(await rowsIn(isolated, restored.database, 'SELECT count(*)::int FROM past')).toEqual([[1]]);
  });

  it('is not an excuse for a dump of this server', async () => {
    const restored = await restore(isolated, newer(), { madeBy: ['18.3', '17.2'] });
    expect(restored.counts).toEqual({ ...NONE, environment: 1, corruption: 2 });
  });

  it('is no excuse for a row twice', async () => {
    const restored = await restore(isolated, dumpOf(sql(USERS), copy('users', ['1\ta', '1\tb'])), { madeBy: ['19.1'] });
    expect(restored.counts).toEqual({ ...NONE, corruption: 1 });
  });
});
