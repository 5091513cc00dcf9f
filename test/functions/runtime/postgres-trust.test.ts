import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../../functions/runtime/postgres.ts';
import { makeCertificates } from '../../../local/postgres/certificates.ts';
import { type Postgres, startPostgres } from '../../../local/postgres/server.ts';
import { logIn, PASSWORD, prepare } from './sessions.ts';
import { type Impostor, startImpostor } from './wire.ts';

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

describe('F35 a server that is not who it should be', () => {
  const GREETING = '\0\0\0\x08\x04\xd2\x16\x2f';

  async function impostor(...of: Parameters<typeof startImpostor>): Promise<Impostor> {
    const made = await startImpostor(...of);
    toStop.push(made);
    return made;
  }

  it('because it has no TLS hears nothing but the wish for it', async () => {
    const { heard, ...at } = await impostor('127.0.0.1');
    await expect(logIn(server, { at })).rejects.toMatchObject(refusal(/does not support SSL/));
    expect(heard).toEqual({ plain: GREETING, inside: '' });
  });

  it('because another authority signed for it hears nothing inside TLS', async () => {
    const { heard, ...at } = await impostor('127.0.0.1', await makeCertificates());
    await expect(logIn(server, { at })).rejects.toMatchObject(refusal(/certificate|signature|issuer/i));
    expect(heard.inside).toBe('');
  });

  it('because its certificate is for another address hears nothing inside TLS', async () => {
    const { heard, ...at } = await impostor('127.0.0.2', server.certificates);
    await expect(logIn(server, { at })).rejects.toMatchObject(refusal(/IP: 127\.0\.0\.2 is not in the cert/));
    expect(heard.inside).toBe('');
  });

  it('is told apart: one that is, hears who we are inside TLS', async () => {
    const { heard, ...at } = await impostor('127.0.0.1', server.certificates);
    const login = logIn(server, { at }).catch(() => {});
    await vi.waitFor(() => expect(heard.inside).toContain('reader'));
    expect(heard.plain + heard.inside).not.toContain(PASSWORD);
    await toStop.pop()?.stop();
    await login;
  });

  it('is not even asked where settings switch TLS off for a host that is not this machine', async () => {
    const at = { host: 'db.example', port: 5432 };
    await expect(logIn(server, { at, database: { tls: 'off' } })).rejects.toMatchObject(
      refusal(/tls is off.*the host is db\.example/),
    );
  });

  it('F16 leaves no password in an error', async () => {
    const { heard: _heard, ...at } = await impostor('127.0.0.1', await makeCertificates());
    for (const asked of [{ at }, { password: `${PASSWORD}-wrong` }, { dbname: 'nowhere' }]) {
      const error = await logIn(server, asked).catch((thrown: Error) => thrown);
      expect(`${(error as Error).message}${(error as Error).stack}${JSON.stringify(error)}`).not.toContain('canary');
    }
  });
});

describe('F20 rows that are hidden from us', () => {
  it('by row-level security are a refusal that names the table, not fewer rows', async () => {
    await admin.query(`
      CREATE TABLE keys (id integer); INSERT INTO keys VALUES (1), (2); GRANT SELECT ON keys TO PUBLIC;
      ALTER TABLE keys ENABLE ROW LEVEL SECURITY; CREATE POLICY half ON keys USING (id = 1)`);
    session = await logIn(server);
    await expect(session.query('SELECT FROM public.keys')).rejects.toMatchObject(
      refusal(/row-level security policy for table "keys"/),
    );
    const rows: Buffer[] = [];
    const copying = async () => {
      for await (const piece of session?.copyOut('COPY (SELECT id FROM public.keys) TO STDOUT') ?? []) rows.push(piece);
    };
    await expect(copying()).rejects.toMatchObject(refusal(/row-level security policy for table "keys"/));
    expect(rows).toEqual([]);
  });

  it('by the delay of a standby are a refusal to ask it', async () => {
    const standby = await startPostgres({ dataRoot: '.nightshift/test' });
    toStop.push(standby);
    const owner = await prepare(standby);
    // After a crash the server looks for this file anew, and goes on as a standby.
    await owner.query('CHECKPOINT');
    const { rows } = await owner.query('SHOW data_directory');
    await owner.query(`COPY (SELECT WHERE false) TO '${rows[0].data_directory}/standby.signal'`);
    await owner.query("COPY (SELECT 1) TO PROGRAM 'kill -9 $PPID'").catch(() => {});
    const { error } = await vi.waitFor(
      async () => {
        const tried = await timed(logIn(standby));
        if (/57P03|ECONN|terminated|starting/.test(String(tried.error))) throw tried.error;
        return tried;
      },
      { timeout: 10_000, interval: 100 },
    );
    await owner.end().catch(() => {});
    expect(error).toMatchObject(refusal(/It is a standby, whose rows may be old. Name the primary/));
    expect(readFileSync(standby.logPath, 'utf8')).toContain('entering standby mode');
  });
});
