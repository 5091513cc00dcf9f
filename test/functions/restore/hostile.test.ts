import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dropScratch } from '../../../functions/scratch/scratch.ts';
import { databasesOf, useIsolated } from '../scratch/isolated.ts';
import { briefly, command, copy, dumpOf, restore, rowsIn, sql } from './dumps.ts';

const isolated = useIsolated();
const MARK = '/tmp/nightshift-canary-f73';

describe('F73 a hostile dump', () => {
  it.each([
    ['a program that reads', `COPY (SELECT 1) TO PROGRAM 'touch ${MARK}'`],
    ['a program that writes', `COPY public.t FROM PROGRAM 'touch ${MARK}; echo x'`],
    ['a program behind a comment', `/* x */ COPY--\n public.t FROM /* /* */ */ PROGRAM 'touch ${MARK}'`],
    ['a file of the server', `COPY public.t FROM '/etc/passwd'`],
    ['a file on the server', `COPY (SELECT 1) TO '${MARK}'`],
    ['a setting of the server', "ALTER SYSTEM SET archive_command = 'touch /tmp/x'"],
    ['an event trigger', 'CREATE EVENT TRIGGER snoop ON ddl_command_end EXECUTE FUNCTION public.f()'],
    ['a subscription', "CREATE SUBSCRIPTION s CONNECTION 'host=198.51.100.7 dbname=x' PUBLICATION p"],
    ['a function in C', "CREATE FUNCTION public.c() RETURNS void LANGUAGE c AS '/tmp/evil.so', 'c'"],
    ['an internal function', "CREATE FUNCTION public.c() RETURNS void AS 'pg_read_file' LANGUAGE internal"],
    ['another role', 'SET ROLE postgres'],
    ['a library', "LOAD '/tmp/evil.so'"],
    ['a file as large object', "SELECT lo_import('/etc/passwd')"],
    ['a file read', "SELECT pg_catalog.pg_read_file('/etc/passwd')"],
    ['a way out', "SELECT * FROM dblink('host=198.51.100.7', 'SELECT 1') AS t(x text)"],
    ['the password of others', 'SELECT rolpassword FROM pg_catalog.pg_authid'],
    ['code that does it', `DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch ${MARK}'''; END $$`],
    ['its own password', "ALTER ROLE CURRENT_USER PASSWORD 'known'"],
    ['a role of its own', 'CREATE USER mallory SUPERUSER'],
    ['a transaction that stays', "PREPARE TRANSACTION 'for ever'"],
  ])('gets no %s: denied or left out, and told as hostile', async (_what, attempt) => {
    const body = `CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$`;
    const restored = await restore(isolated, dumpOf(sql('CREATE TABLE public.t (line text)', body, attempt)));
    expect(restored.counts).toEqual({ harmless: 0, environment: 0, corruption: 0, hostile: 1 });
    expect(existsSync(MARK)).toBe(false);
    expect(await rowsIn(isolated, restored.database, 'SELECT count(*)::int FROM public.t')).toEqual([[0]]);
    expect(await rowsIn(isolated, 'postgres', 'SELECT FROM pg_roles WHERE rolname = $$mallory$$')).toEqual([]);
    expect(await rowsIn(isolated, 'postgres', 'SELECT FROM pg_subscription')).toEqual([]);
  });

  it('has no line for psql carried out, wherever it stands', async () => {
    const lines = [
      `\\! touch ${MARK}`,
      `\\o |touch ${MARK}`,
      '\\i /etc/passwd',
      "\\copy t from program 'id'",
      '\\gexec',
    ];
    const restored = await restore(isolated, dumpOf(...lines.map(command), command('\\restrict x'), sql('SELECT 1')));
    expect(restored.counts).toEqual({ harmless: 1, environment: 0, corruption: 0, hostile: 5 });
    expect(briefly(restored)[0]).toContain('hostile - \\! touch');
    expect(existsSync(MARK)).toBe(false);
  });

  it('runs its functions with no more power than the restore’s own role has', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql(
          // What a search path can put before a name that the restore itself might use.
          'CREATE FUNCTION public.count(anyelement) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT 666::bigint $$',
          'CREATE TABLE public.who (role text, power boolean)',
          `CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
             BEGIN INSERT INTO public.who SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user; RETURN NEW; END $$`,
          'CREATE TABLE public.t (id integer)',
          'CREATE TRIGGER noted BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.note()',
        ),
        copy('t', ['1']),
      ),
    );
    expect(restored.counts).toMatchObject({ corruption: 0, hostile: 0 });
    expect(await rowsIn(isolated, restored.database, 'SELECT DISTINCT role, power FROM public.who')).toEqual([
      ['restorer', false],
    ]);
  });

  it('that lifts the time limit from within a function is ended all the same', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql('CREATE TABLE public.t (id integer)'),
        sql('COMMIT'),
        sql("DO $$ BEGIN PERFORM set_config('statement_timeout', '0', false); END $$"),
        sql('COMMIT', 'SELECT pg_sleep(60)'),
      ),
      { workMs: 2_000 },
    );
    expect(restored.reached).toBe('deadline');
    await isolated.admin.query(`DROP DATABASE "${restored.database}" WITH (FORCE)`);
    const { rows } = await isolated.admin.query(
      `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()`,
    );
    expect(rows).toEqual([]);
  });

  it('that takes its database’s label away does not make it stay', async () => {
    const restored = await restore(
      isolated,
      dumpOf(sql(`DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''customers''', current_database()); END $$`)),
    );
    expect(restored.counts.hostile).toBe(0);
    const comment = `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()`;
    expect(await rowsIn(isolated, restored.database, comment)).toEqual([['customers']]);
    expect(await dropScratch(isolated.run(), restored.database)).toMatchObject({ status: 'done' });
    expect(await databasesOf(isolated)).not.toContain(restored.database);
  });
});

describe('a restore that runs out of time', () => {
  it('F79 says so, in the middle of a statement or between two, and is not a refusal', async () => {
    const slow = await restore(isolated, dumpOf(sql('CREATE TABLE public.t ()', 'SELECT pg_sleep(60)')), {
      workMs: 1_500,
    });
    expect(slow).toMatchObject({ reached: 'deadline', counts: { corruption: 0 } });
  });

  it('F79 says so while rows are sent that come too slowly', async () => {
    async function* dripping() {
      yield Buffer.from('1\n');
      await new Promise(() => {});
    }
    async function* items() {
      yield sql('CREATE TABLE public.t (id integer)');
      yield { ...copy('t', []), data: dripping() };
    }
    const restored = await restore(isolated, items() as Parameters<typeof restore>[1], { workMs: 1_500 });
    expect(restored.reached).toBe('deadline');
  });

  it('F19 and loses its connection in the midst of rows is a refusal at once, and reads no more of them', async () => {
    let pieces = 0;
    async function* endless() {
      for (;;) {
        pieces += 1;
        if (pieces === 50)
          await isolated.admin.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'restorer'`,
          );
        yield Buffer.from('1\n'.repeat(1_000));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    async function* items() {
      yield sql('CREATE TABLE public.t (id integer)');
      yield { ...copy('t', []), data: endless() };
    }
    await expect(restore(isolated, items(), { workMs: 8_000 })).rejects.toMatchObject({ name: 'RefusalError' });
  });

  it('F19 and loses its connection before is a refusal', async () => {
    async function* items() {
      yield sql('CREATE TABLE public.t (id integer)');
      await isolated.admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'restorer'`);
      yield copy('t', ['1']);
    }
    await expect(restore(isolated, items() as Parameters<typeof restore>[1])).rejects.toMatchObject({
      name: 'RefusalError',
    });
  });
});
