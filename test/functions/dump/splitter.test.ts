import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDump } from '../../../functions/dump/read.ts';
import { type Postgres, startPostgres } from '../../../local/postgres/server.ts';
import { FIXTURES, fixture, pieces, told } from './fixtures.ts';

let server: Postgres;
let admin: pg.Client;

beforeAll(async () => {
  server = await startPostgres({ dataRoot: '.nightshift/test' });
  admin = await logIn('postgres');
  for (const role of ['fixture_owner', 'fixture_reader']) await admin.query(`CREATE ROLE ${role}`);
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

async function logIn(database: string): Promise<pg.Client> {
  const client = new pg.Client({ ...server.admin, database });
  await client.connect();
  return client;
}

/** PostgreSQL splits what it is sent by itself, with its own grammar, and answers each statement. */
async function answers(client: pg.Client, sql: string): Promise<number> {
  const results = (await client.query(sql)) as unknown as pg.QueryResult | pg.QueryResult[];
  return Array.isArray(results) ? results.length : 1;
}

const HEAD = '--\n-- PostgreSQL database dump\n--\n\n';
const TAIL = '\n--\n-- PostgreSQL database dump complete\n--\n\n';

async function statementsOf(sql: string, sizes?: number[]): Promise<string[]> {
  const items = await told(readDump(pieces(Buffer.from(`${HEAD}${sql}${TAIL}`), sizes)));
  return items.filter(({ kind }) => kind === 'statement').map(({ text }) => text);
}

describe('the statements of a dump', () => {
  // COPY needs its rows, CREATE DATABASE a transaction of its own.
  it.each(
    FIXTURES.filter((name) => /^everything.*\.sql$/.test(name) && !name.includes('clean')),
  )('%s are as many as PostgreSQL itself sees', async (name) => {
    const items = await told(readDump(pieces(fixture(name))));
    const statements = items.filter(({ kind }) => kind === 'statement').map(({ text }) => text);
    await admin.query('DROP DATABASE IF EXISTS split');
    await admin.query('CREATE DATABASE split TEMPLATE template0');
    const client = await logIn('split');
    try {
      // Large objects are opened in a transaction of the dump's own, and all of this is one already.
      const sent = statements.filter((sql) => sql !== 'BEGIN;' && sql !== 'COMMIT;');
      expect(await answers(client, sent.join('\n'))).toBe(sent.length);
    } finally {
      await client.end();
    }
  });

  const hard = fc.constantFrom(
    `'a;b'`,
    `'it''s;'`,
    `'back\\'`,
    `E'esc\\';aped'`,
    `e'two\\\\'`,
    `E'doubled'';\\''`,
    `'E''x'`,
    `U&'d\\0061t;a'`,
    `name'back\\'`,
    `B'101'`,
    `$$;$$`,
    `$a$ ; $$ ; $b$ ; $a$`,
    `$a1$ $a$ ; $a1$`,
    `$_$'$_$`,
    `1 AS "a;b"`,
    `1 AS "a""; "`,
    `1 AS a$b`,
    `1 AS a$$`,
    `1 AS é$x$`,
    `(1)`,
    `(SELECT ';')`,
    `1 /* ; /* ; ' */ ; */`,
    `1 -- ; ' $$\n`,
    `1 - -1`,
    `2 / 1`,
    `3 * 4`,
    `ARRAY[';', E'\\';']`,
    `CASE WHEN true THEN ';' END`,
    `'😀;'`,
  );
  const statement = fc.array(hard, { minLength: 1, maxLength: 4 }).map((some) => `SELECT ${some.join(',\n  ')};`);

  it('are just those that were written, in any order of hard parts, and PostgreSQL agrees', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(statement, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        async (written, sizes) => {
          const read = await statementsOf(written.join('\n'), sizes);
          expect(read).toEqual(written);
          expect(await answers(admin, read.join('\n'))).toBe(read.length);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    [
      'a routine’s body',
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;',
    ],
    ['one in capitals and lower case', 'create or replace procedure p() begin Atomic select 1; eNd;'],
    [
      'one with a column of such a name',
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT (x.end) FROM x; SELECT 1; END;',
    ],
    ['rules', 'CREATE RULE r AS ON INSERT TO t DO INSTEAD (SELECT 1; SELECT 2);'],
  ])('may hold others: %s', async (_what, sql) => {
    expect(await statementsOf(`${sql}\nSELECT 3;`, [1])).toEqual([sql, 'SELECT 3;']);
  });

  it('are not taken for a routine’s body because of their words', async () => {
    const routine = "CREATE FUNCTION f() RETURNS atomic LANGUAGE sql AS 'SELECT 1';";
    const written = [routine, 'CREATE TABLE begin (atomic int);', 'BEGIN;', 'SELECT 1 AS atomic;', 'END;', 'SELECT 2;'];
    expect(await statementsOf(written.join('\n'))).toEqual(written);
  });

  it('follow backslashes where the dump says that all strings have them', async () => {
    const written = ['SET standard_conforming_strings = off;', `SELECT 'a\\';b';`, `SELECT 1;`];
    expect(await statementsOf(written.join('\n'), [3])).toEqual(written);
    const back = [...written, 'SET standard_conforming_strings = on;', `SELECT 'a\\';`, 'SELECT 2;'];
    expect(await statementsOf(back.join('\n'), [3])).toEqual(back);
  });

  it('in another encoding are refused, with what to do', async () => {
    const reading = statementsOf(`SET client_encoding = 'LATIN1';\nSELECT 1;`);
    await expect(reading).rejects.toMatchObject({
      defect: { kind: 'unsupported', what: expect.stringMatching(/LATIN1.*--encoding=UTF8/) },
    });
  });
});
