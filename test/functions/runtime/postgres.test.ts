import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../../functions/runtime/postgres.ts';
import { type Postgres, startPostgres } from '../../../local/postgres/server.ts';
import { backendsOf, logIn, prepare } from './sessions.ts';
import { startWire, type Wire } from './wire.ts';

let server: Postgres;
let admin: pg.Client;
let session: Session | undefined;
const toStop: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  server = await startPostgres({ dataRoot: '.nightshift/test' });
  admin = await prepare(server);
});
afterEach(async () => {
  await session?.close();
  session = undefined;
  for (const stoppable of toStop.splice(0)) await stoppable.stop();
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

const refusal = (said: RegExp) => ({ name: 'RefusalError', message: expect.stringMatching(said) });
const timed = async (work: Promise<unknown>) => {
  const begun = performance.now();
  const error = await work.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  return { error, ms: performance.now() - begun };
};
const noneLeft = (withinMs = 6_000) =>
  vi.waitFor(async () => expect(await backendsOf(admin)).toEqual([]), { timeout: withinMs, interval: 50 });

async function wire(): Promise<Wire> {
  const made = await startWire(server);
  toStop.push(made);
  return made;
}

describe('a session', () => {
  it('reads, on a clean stage', async () => {
    session = await logIn(server);
    const [row] = await session.query<{ path: string; zone: string; rls: string }>(
      `SELECT current_setting('search_path') AS path, current_setting('TimeZone') AS zone, current_setting('row_security') AS rls`,
    );
    expect(row).toEqual({ path: '""', zone: 'UTC', rls: 'off' });
  });

  it('F05 tells the server how long it may take, wait for locks, and think', async () => {
    session = await logIn(server, { workMs: 9_000 });
    const rows = await session.query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings WHERE name IN
        ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'client_connection_check_interval') ORDER BY 1`,
    );
    const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, Number(setting)]));
    expect(settings).toMatchObject({ lock_timeout: 5_000, client_connection_check_interval: 2_000 });
    expect(settings.statement_timeout).toBeGreaterThan(7_000);
    expect(settings.statement_timeout).toBeLessThanOrEqual(9_000);
    expect(settings.idle_in_transaction_session_timeout).toBeGreaterThan(0);
  });

  it('keeps nothing of a transaction that threw', async () => {
    await admin.query('CREATE TABLE marks (mark integer); GRANT ALL ON marks TO PUBLIC');
    const own = await logIn(server);
    const broken = own.transaction(async () => {
      await own.query('INSERT INTO public.marks VALUES (1)');
      throw new Error('the intent could not be stored');
    });
    await expect(broken).rejects.toThrow('the intent could not be stored');
    await expect(own.query('SELECT 1')).rejects.toMatchObject({ name: 'RefusalError' });
    await noneLeft();
    expect((await admin.query('SELECT FROM marks')).rowCount).toBe(0);
  });

  it.each([
    ['a wrong password', { password: 'wrong-canary' }, /28P01.*the secret’s password is not this role’s password/],
    ['a database that is not there', { dbname: 'nowhere' }, /3D000.*correct settings\.database\.dbname/],
    [
      'a port where nobody listens',
      { at: { host: '127.0.0.1', port: 1 } },
      /^PostgreSQL at 127\.0\.0\.1:1: ECONNREFUSED/,
    ],
  ])('F36 with %s is refused with what to correct', async (_what, asked, said) => {
    await expect(logIn(server, asked)).rejects.toMatchObject(refusal(said));
  });

  it.each([
    ['a table', 'SELECT FROM public.nothing', /42P01.*table’s name in settings/],
    ['a column', 'SELECT nothing FROM public.marks', /42703.*column’s name in settings/],
    ['a grant', 'SELECT FROM pg_catalog.pg_authid', /42501.*GRANTs/],
  ])('that lacks %s is refused with what to correct', async (_what, sql, said) => {
    session = await logIn(server);
    await expect(session.query(sql)).rejects.toMatchObject(refusal(said));
  });
});

describe('F05 SQL that outlives the invocation', () => {
  it('is ended by the server before the deadline, and the run refused', async () => {
    session = await logIn(server, { workMs: 1_000 });
    const { error, ms } = await timed(session.query('SELECT pg_catalog.pg_sleep(60)'));
    expect(error).toMatchObject(refusal(/57014|no answer before the deadline/));
    expect(ms).toBeLessThan(2_000);
    await session.close();
    await noneLeft();
  });

  it('does not wait longer for somebody’s lock', async () => {
    await admin.query('CREATE TABLE locked (id integer); GRANT ALL ON locked TO PUBLIC');
    await admin.query('BEGIN; LOCK TABLE locked');
    session = await logIn(server, { workMs: 1_000 });
    const { error, ms } = await timed(session.query('SELECT FROM public.locked'));
    await admin.query('ROLLBACK');
    expect(error).toMatchObject(refusal(/57014|no answer before the deadline/));
    expect(ms).toBeLessThan(2_000);
    await noneLeft();
  });

  it('does not go on when we are gone without a goodbye', async () => {
    const cuttable = await wire();
    const own = await logIn(server, { at: cuttable });
    const asked = own.query('SELECT pg_catalog.pg_sleep(60)').catch((error: Error) => error);
    await vi.waitFor(async () => expect(await backendsOf(admin)).toHaveLength(1));
    cuttable.cut();
    expect(await asked).toMatchObject({ name: 'RefusalError' });
    await noneLeft();
  });
});
