import { describe, expect, it } from 'vitest';
import { classify } from '../../../functions/restore/decide.ts';
import { headOf, shownOf } from '../../../functions/restore/head.ts';
import { psqlCommandOf, withheldOf } from '../../../functions/restore/withhold.ts';

const USUAL = { isNewer: false, isLacking: false, isResumed: false };
const classOf = (code: string, sql: string, circumstances = {}) =>
  classify({ code, sql, head: headOf(sql) }, { ...USUAL, ...circumstances });

describe('F71 a complaint', () => {
  it.each([
    ['corruption', '23505', 'INSERT INTO public.t VALUES (1)'],
    ['corruption', '23503', 'ALTER TABLE ONLY public.t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES public.u (a)'],
    ['corruption', '22P04', 'COPY public.t (a, b) FROM stdin'],
    ['corruption', '42P01', 'ALTER TABLE ONLY public.t ADD CONSTRAINT k PRIMARY KEY (a)'],
    ['corruption', '42P07', 'CREATE TABLE public.t ()'],
    ['corruption', '42P06', 'CREATE SCHEMA shop'],
    ['corruption', '42704', "COMMENT ON TYPE public.t IS 'x'"],
    ['environment', '53100', 'COPY public.t FROM stdin'],
    ['environment', '58P01', 'CREATE INDEX i ON public.t (a)'],
    ['environment', '0A000', 'CREATE EXTENSION postgis'],
    ['environment', '42704', 'SET transaction_limit = 0'],
    ['environment', '42501', 'CREATE PUBLICATION p FOR ALL TABLES'],
    [
      'environment',
      '42501',
      "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false, slot_name = 's')",
    ],
    ['environment', '42501', 'CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS $$ $$'],
    ['environment', '42501', 'CREATE TABLE pg_catalog.t ()'],
    ['harmless', '42501', "COMMENT ON EXTENSION plpgsql IS 'x'"],
    ['harmless', '42P06', 'CREATE SCHEMA public'],
    ['harmless', '42704', 'ALTER TYPE public.t OWNER TO somebody'],
    ['hostile', '42501', 'CREATE FUNCTION f() RETURNS int LANGUAGE C AS $$ $$'],
    ['hostile', '58P01', "COPY t FROM '/etc/passwd'"],
    ['hostile', '22023', 'SET LOCAL ROLE alexander'],
    ['hostile', '42501', 'SELECT * FROM pg_authid'],
    ['hostile', '42883', "SELECT dblink('x')"],
  ] as const)('is %s: %s of %s', (expected, code, sql) => {
    expect(classOf(code, sql)).toBe(expected);
  });

  it('F78 of a newer dump is of the surroundings, but for what is in its rows', () => {
    for (const code of ['42601', '0A000', '42704', '42883']) {
      expect(classOf(code, 'CREATE TABLE public.t ()')).toBe('corruption');
      expect(classOf(code, 'CREATE TABLE public.t ()', { isNewer: true })).toBe('environment');
    }
    for (const code of ['23505', '22P02', '22P04', '42P07'])
      expect(classOf(code, 'COPY public.t FROM stdin', { isNewer: true })).toBe('corruption');
  });

  it('stands upon what the server lacks, or upon what an invocation before has done', () => {
    expect(classOf('42704', 'CREATE TABLE t (a citext)', { isLacking: true })).toBe('environment');
    expect(classOf('23505', 'COPY t FROM stdin', { isLacking: true })).toBe('corruption');
    expect(classOf('42P07', 'CREATE TABLE t ()', { isResumed: true })).toBe('harmless');
    expect(classOf('42809', 'ALTER TABLE ONLY t ATTACH PARTITION u DEFAULT', { isResumed: true })).toBe('harmless');
    expect(classOf('23505', 'COPY t FROM stdin', { isResumed: true })).toBe('corruption');
  });
});

describe('the head of a statement', () => {
  it.each([
    ['--\n-- Name: t; Type: TABLE\n--\n\nCREATE  TABLE\n t ()', 'CREATE TABLE t ()'],
    ['/* a /* b */ c */ALTER/**/SYSTEM', 'ALTER SYSTEM'],
    ['-- nothing', ''],
    [' \n\t', ''],
    ['COMMENT ON TABLE "a -- b" IS \'/* x\'', 'COMMENT ON TABLE "a -- b" IS \'/* x\''],
    ['/* never closed', ''],
  ])('of %j is %j', (sql, head) => {
    expect(headOf(sql)).toBe(head);
  });

  it('is read in time, whatever it is', () => {
    const hostile = [
      '/*'.repeat(500_000),
      `ALTER ${'""'.repeat(500_000)}`,
      '"'.repeat(999_999),
      `COPY ${'TO '.repeat(300_000)}`,
    ];
    for (const sql of hostile)
      expect([withheldOf(headOf(sql)), classOf('42601', sql)]).toEqual([undefined, 'corruption']);
  });

  it.each([
    ["INSERT INTO public.t VALUES (1, 'x')", 'INSERT INTO public.t …'],
    ['INSERT INTO public.t (a, b) VALUES (1, 2)', 'INSERT INTO public.t (a, b) …'],
    ["ALTER USER x PASSWORD 'y'", 'ALTER USER x …'],
    ['CREATE FUNCTION f() AS $b$ secret $b$', 'CREATE FUNCTION f() AS …'],
    ['UPDATE t SET a = 5', 'UPDATE t SET a …'],
  ])('%s is shown as %s', (sql, shown) => {
    expect(shownOf(sql)).toBe(shown);
  });
});

describe('what is left out', () => {
  it.each([
    'ALTER TABLE "a;b ""c"""."OWNER TO x" OWNER TO "Some; One";',
    'ALTER FUNCTION public.f(text, integer) OWNER TO alexander',
    'GRANT USAGE ON SCHEMA public TO alexander',
    'ALTER DATABASE "Shop" SET search_path = public',
    'SECURITY LABEL FOR x ON DATABASE shop IS NULL',
    'SET lock_timeout = 0',
  ])('%s is harmless', (sql) => {
    expect(withheldOf(headOf(sql))?.class).toBe('harmless');
  });

  it.each([
    'ALTER ROLE CURRENT_USER PASSWORD NULL',
    'DROP USER x',
    'DROP OWNED BY CURRENT_USER',
    "PREPARE TRANSACTION 'x'",
  ])('%s is hostile', (sql) => {
    expect(withheldOf(headOf(sql))?.class).toBe('hostile');
  });

  it.each([
    "ALTER TABLE t ALTER a SET DEFAULT ' OWNER TO x'",
    'CREATE TABLE public.roles ()',
    'CREATE USER MAPPING FOR x SERVER y',
    'SET standard_conforming_strings = on',
    'SET ROLE x',
    'PREPARE x AS SELECT 1',
    'CREATE TABLE "GRANT" ()',
  ])('%s is not', (sql) => {
    expect(withheldOf(headOf(sql))).toBeUndefined();
  });

  it('is every line for psql', () => {
    for (const line of ['\\restrict x', '\\unrestrict x', '\\connect shop', '\\c shop'])
      expect(psqlCommandOf(line).class).toBe('harmless');
    for (const line of [
      '\\! id',
      '\\! echo \\restrict x',
      '\\copy t from x',
      '\\restricted',
      '\\crosstabview',
      '\\i x',
    ])
      expect(psqlCommandOf(line).class).toBe('hostile');
  });
});
