import { existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../../local/postgres/server.ts';

const connectAs = async (config: pg.ClientConfig) => {
  const client = new pg.Client(config);
  await client.connect();
  return client;
};

describe('a local PostgreSQL', () => {
  let server: Postgres;
  let client: pg.Client;
  const show = async (sql: string) => (await client.query({ text: sql, rowMode: 'array' })).rows[0];

  beforeAll(async () => {
    server = await startPostgres({ dataRoot: '.nightshift/test', settings: { log_statement: 'all', work_mem: '7MB' } });
    client = await connectAs(server.admin);
  });

  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  it('is version 18, in UTF8, and sorts by code point on every machine', async () => {
    expect((await show('SHOW server_version'))?.[0]).toMatch(/^18\./);
    const own = `SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database
      WHERE datname = current_database()`;
    expect(await show(own)).toEqual(['UTF8', 'b', 'C.UTF-8']);
    expect((await client.query(`SELECT x FROM unnest('{a,B,é,Z}'::text[]) AS x ORDER BY x`)).rows).toEqual(
      ['B', 'Z', 'a', 'é'].map((x) => ({ x })),
    );
  });

  it('takes settings of the caller', async () => {
    expect(await show('SHOW work_mem')).toEqual(['7MB']);
  });

  it('encrypts, with a certificate that verifies for 127.0.0.1 and localhost', async () => {
    expect(await show('SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toEqual([true, 'TLSv1.3']);
    const byName = await connectAs({ ...server.admin, host: 'localhost' });
    await byName.end();
  });

  it('is not trusted by who does not have its authority', async () => {
    await expect(connectAs({ ...server.admin, ssl: true })).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE/),
    });
  });

  it('refuses connections without TLS and wrong passwords, and keeps SCRAM verifiers', async () => {
    await expect(connectAs({ ...server.admin, ssl: false })).rejects.toMatchObject({ code: '28000' });
    await expect(connectAs({ ...server.admin, password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
    expect((await show(`SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'`))?.[0]).toMatch(
      /^SCRAM-SHA-256\$/,
    );
  });

  it('logs what it is asked to, where it says, and its own password never', async () => {
    await client.query(`SELECT 'a statement to be found in the log'`);
    const log = readFileSync(server.logPath, 'utf8');
    expect(log).toContain('a statement to be found in the log');
    expect(log).not.toContain(server.admin.password);
  });

  it('keeps its key, its data and its log to itself', () => {
    const folder = dirname(server.logPath);
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(statSync(join(folder, 'server.key')).mode & 0o077).toBe(0);
  });

  it('does not run as root', async () => {
    const [pid] = (await show('SELECT pg_backend_pid()')) ?? [];
    if (process.platform === 'linux') expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
    expect((await show(`SELECT count(*) FROM pg_ls_dir('.')`))?.[0]).not.toBe('0');
  });
});

describe('starting and stopping', () => {
  it('gives every start its own port, password and data, and starts within two seconds', async () => {
    const before = performance.now();
    const first = await startPostgres({ dataRoot: '.nightshift/test' });
    const second = await startPostgres({ dataRoot: '.nightshift/test' });
    expect((performance.now() - before) / 2).toBeLessThan(2_000);
    expect(second.port).not.toBe(first.port);
    expect(second.admin.password).not.toBe(first.admin.password);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('leaves neither a process nor its data behind', async () => {
    const server = await startPostgres({ dataRoot: '.nightshift/test' });
    const folder = dirname(server.logPath);
    const pid = Number.parseInt(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8'), 10);
    await server.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(folder)).toBe(false);
    await expect(connectAs(server.admin)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.stop(); // Twice is once.
  });

  it.runIf(existsSync('/dev/shm'))(
    'keeps its data in memory where that was asked for, and leaves none there',
    async () => {
      const server = await startPostgres({ dataRoot: '.nightshift/test', inMemory: true });
      const folder = dirname(server.logPath);
      const { bavail, bsize } = statfsSync('/dev/shm');
      expect(folder.startsWith('/dev/shm/nightshift-')).toBe(bavail * bsize > 2 ** 30);
      expect(existsSync(join(folder, 'data', 'base'))).toBe(true);
      await server.stop();
      expect(existsSync(folder)).toBe(false);
    },
  );

  it('says what the server said when it refuses to start, and removes what it had made', async () => {
    const bad = startPostgres({ dataRoot: '.nightshift/test/refused', settings: { shared_buffers: 'plenty' } });
    await expect(bad).rejects.toThrow(/did not start.*\n.*invalid value for parameter "shared_buffers": "plenty"/s);
    const left = readdirSync('.nightshift/test/refused/postgres').filter((name) => name.startsWith('run-'));
    expect(left).toEqual([]);
  });

  it('says so when the folder cannot be made', async () => {
    await expect(startPostgres({ dataRoot: '/dev/null/data' })).rejects.toThrow(
      /\/dev\/null\/data cannot be made, because something above it is missing or is not a folder/,
    );
  });
});
