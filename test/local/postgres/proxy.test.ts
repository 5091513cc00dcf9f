import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type StatementProxy, startProxy } from '../../../local/postgres/proxy.ts';
import { type Postgres, startPostgres } from '../../../local/postgres/server.ts';

let server: Postgres;
let proxy: StatementProxy;
let direct: pg.Client;
let client: pg.Client;

const connect = async (port: number) => {
  const fresh = new pg.Client({ ...server.admin, port, connectionTimeoutMillis: 2_000 });
  fresh.on('error', () => {}); // A connection that the proxy breaks must not end the test run.
  await fresh.connect();
  return fresh;
};

const marks = async () => (await direct.query('SELECT mark FROM marks ORDER BY mark')).rows.map((row) => row.mark);
const insert = (mark: number) => client.query(`INSERT INTO marks VALUES (${mark})`);
const insertPrepared = (mark: number) =>
  client.query({ name: 'put', text: 'INSERT INTO marks VALUES ($1)', values: [mark] });

beforeAll(async () => {
  server = await startPostgres({ dataRoot: '.nightshift/test' });
  direct = await connect(server.port);
  await direct.query('CREATE TABLE marks (mark integer PRIMARY KEY)');
});

beforeEach(async () => {
  await direct.query('TRUNCATE marks');
  proxy = await startProxy({ server });
  client = await connect(proxy.port);
});

afterEach(async () => {
  await client.end().catch(() => {});
  await proxy.stop();
});

afterAll(async () => {
  await direct.end();
  await server.stop();
});

async function copyRows(rows: string): Promise<void> {
  await pipeline(Readable.from([rows]), client.query(copyFrom('COPY marks FROM STDIN')));
}

async function transaction(): Promise<void> {
  await client.query('BEGIN');
  await insert(1);
  await insertPrepared(2);
  await client.query('COMMIT');
}

describe('a proxy that nothing was asked of', () => {
  it('lets a client log in with its password, over TLS with the server certificate, bound to the channel too', async () => {
    const bound = new pg.Client({ ...server.admin, port: proxy.port, enableChannelBinding: true });
    await bound.connect();
    expect((await bound.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await bound.end();
    const wrong = new pg.Client({ ...server.admin, port: proxy.port, password: 'wrong' });
    await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  it('refuses a client that does not ask for TLS', async () => {
    const plain = new pg.Client({ ...server.admin, port: proxy.port, ssl: false });
    await expect(plain.connect()).rejects.toThrow(/terminated/);
  });

  it('counts simple queries, groups of the extended protocol and the end of a COPY, and no login', async () => {
    await transaction();
    await insertPrepared(3);
    await copyRows('4\n5\n');
    expect(proxy.statements()).toEqual([
      'BEGIN',
      'INSERT INTO marks VALUES (1)',
      'INSERT INTO marks VALUES ($1)',
      'COMMIT',
      'INSERT INTO marks VALUES ($1)',
      'COPY marks FROM STDIN',
      '(CopyDone)',
    ]);
    expect(proxy.count()).toBe(7);
    expect(await marks()).toEqual([1, 2, 3, 4, 5]);
  });

  it('carries large statements and large answers unchanged', async () => {
    const text = 'ä'.repeat(3_000_000);
    expect((await client.query('SELECT $1::text AS text', [text])).rows[0].text).toBe(text);
    const { rows } = await client.query('SELECT n FROM generate_series(1, 200000) AS n');
    expect(rows.at(-1)).toEqual({ n: 200_000 });
  });
});

describe('failBefore', () => {
  it.each([
    1, 2, 3, 4,
  ])('closes the connection instead of statement %i, so that nothing of the transaction remains', async (n) => {
    proxy.failBefore(n);
    await expect(transaction()).rejects.toThrow();
    expect(proxy.count()).toBe(n);
    expect(await marks()).toEqual([]);
  });

  it('strikes once: the next connection works', async () => {
    proxy.failBefore(1);
    await expect(insert(1)).rejects.toThrow();
    client = await connect(proxy.port);
    await insert(2);
    expect(await marks()).toEqual([2]);
  });

  it('counts from the moment of asking, over connections', async () => {
    await insert(1);
    proxy.failBefore(2);
    const other = await connect(proxy.port);
    await other.query('SELECT 1');
    await expect(insert(2)).rejects.toThrow();
    await other.end();
    expect(await marks()).toEqual([1]);
  });

  it('can strike the end of a COPY, which then loads nothing', async () => {
    proxy.failBefore(2);
    await expect(copyRows('1\n2\n')).rejects.toThrow();
    expect(await marks()).toEqual([]);
  });

  it('asks for a whole number from 1 on', () => {
    expect(() => proxy.failBefore(0)).toThrow('failBefore(0): give a whole number from 1 on');
  });
});

describe('loseReply', () => {
  it('carries out a simple query whose client is cut off', async () => {
    proxy.loseReply(1);
    await expect(insert(1)).rejects.toThrow();
    expect(await marks()).toEqual([1]);
  });

  it('carries out a prepared statement, the first time and again', async () => {
    proxy.loseReply(1);
    await expect(insertPrepared(1)).rejects.toThrow();
    client = await connect(proxy.port);
    await insertPrepared(2);
    proxy.loseReply(1);
    await expect(insertPrepared(3)).rejects.toThrow();
    expect(await marks()).toEqual([1, 2, 3]);
  });

  it('waits for a statement that takes its time', async () => {
    proxy.loseReply(1);
    await expect(client.query('INSERT INTO marks SELECT 1 FROM pg_sleep(0.3)')).rejects.toThrow();
    expect(await marks()).toEqual([1]);
  });

  it('loses the reply to COMMIT: the client errs, the rows are there', async () => {
    proxy.loseReply(4);
    await expect(transaction()).rejects.toThrow();
    expect(await marks()).toEqual([1, 2]);
  });

  it('loses the reply inside a transaction, which is then rolled back', async () => {
    proxy.loseReply(2);
    await expect(transaction()).rejects.toThrow();
    expect(await marks()).toEqual([]);
  });

  it('loses the reply to the end of a COPY, which is loaded', async () => {
    proxy.loseReply(2);
    await expect(copyRows('1\n2\n')).rejects.toThrow();
    expect(await marks()).toEqual([1, 2]);
  });

  it('loses the reply to a COPY that waits for its rows, of which nothing is loaded', async () => {
    proxy.loseReply(1);
    await expect(copyRows('1\n2\n')).rejects.toThrow();
    expect(await marks()).toEqual([]);
  });

  it('carries out a statement whose rows are fetched in portions', async () => {
    proxy.loseReply(1);
    const text = 'INSERT INTO marks SELECT generate_series(1, 3) RETURNING mark';
    const portions = { text, values: [], rows: 1 } as pg.QueryConfig;
    await expect(client.query(portions)).rejects.toThrow();
    expect(await marks()).toEqual([1, 2, 3]);
  });
});

describe('hang', () => {
  it('neither carries out nor answers the statement, and other connections go on', async () => {
    proxy.hang(1);
    let settled = false;
    const silent = insert(1).then(
      () => (settled = true),
      () => (settled = true),
    );
    await sleep(200);
    expect(settled).toBe(false);
    const other = await connect(proxy.port);
    await other.query('INSERT INTO marks VALUES (2)');
    await other.end();
    expect(await marks()).toEqual([2]);
    await proxy.die();
    await silent;
  });

  it('gives the server its connection back when the client gives up', async () => {
    proxy.hang(2);
    await client.query('BEGIN');
    void insert(1).catch(() => {});
    await sleep(50);
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    await expect.poll(openTransactions).toBe(0);
  });
});

const openTransactions = async () =>
  (await direct.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE state LIKE 'idle in trans%'`)).rows[0].n;

describe('die and revive', () => {
  it('closes what is open, refuses what is new, and serves again on the same port', async () => {
    const { port } = proxy;
    const closed = new Promise((resolve) => client.once('end', resolve));
    await proxy.die();
    await closed;
    await expect(connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.revive();
    client = await connect(port);
    await insert(1);
    expect(await marks()).toEqual([1]);
  });
});
