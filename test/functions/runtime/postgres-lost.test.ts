import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../../functions/runtime/postgres.ts';
import { startProxy } from '../../../local/postgres/proxy.ts';
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

describe('F19 a database that goes away', () => {
  const MANY = 'COPY (SELECT n, md5(n::text) FROM generate_series(1, 3000000) n) TO STDOUT';

  /** Reads rows and lets something happen once the first have come. */
  async function read(
    at: { host: string; port: number },
    { onFirstRows, workMs = 20_000 }: { onFirstRows: () => void; workMs?: number },
  ) {
    const own = await logIn(server, { at, workMs });
    let characters = 0;
    const reading = (async () => {
      for await (const piece of own.copyOut(MANY)) {
        if (characters === 0) onFirstRows();
        characters += piece.length;
      }
    })();
    const outcome = await timed(reading);
    const closing = await timed(own.close());
    expect(closing.ms).toBeLessThan(3_000);
    return { ...outcome, characters };
  }

  it('is a refusal in mid-read, never fewer rows', async () => {
    const cuttable = await wire();
    const { error, characters } = await read(cuttable, { onFirstRows: cuttable.cut });
    expect(error).toMatchObject({ name: 'RefusalError' });
    expect(characters).toBeGreaterThan(0);
    await noneLeft();
  });

  it('is a refusal when it falls silent in mid-read, at the deadline, and the connection is destroyed', async () => {
    const silent = await wire();
    const { error, ms } = await read(silent, { onFirstRows: silent.silence, workMs: 1_500 });
    expect(error).toMatchObject({ name: 'RefusalError' });
    expect(ms).toBeLessThan(2_500);
    silent.cut();
    await noneLeft();
  });

  it('is a refusal when an administrator ends our session in mid-read', async () => {
    const end = () =>
      void admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'nightshift test%'",
      );
    const { error } = await read(server, { onFirstRows: end });
    expect(error).toMatchObject(refusal(/57P01|lost|terminat/));
  });

  it('gives way at once when it is we who stop reading', async () => {
    const own = await logIn(server);
    await expect(
      (async () => {
        for await (const piece of own.copyOut(MANY)) throw new Error(`the ledger is damaged after ${piece.length}`);
      })(),
    ).rejects.toThrow('the ledger is damaged');
    expect((await timed(own.close())).ms).toBeLessThan(1_000);
    await noneLeft();
  });

  it('is a bounded wait when it falls silent between two questions', async () => {
    const silent = await wire();
    const own = await logIn(server, { at: silent, workMs: 1_000 });
    silent.silence();
    const { error, ms } = await timed(own.query('SELECT 1'));
    expect(error).toMatchObject(refusal(/no answer before the deadline/));
    expect(ms).toBeLessThan(2_000);
    expect((await timed(own.close())).ms).toBeLessThan(3_000);
  });

  it('is a bounded wait when it lets us in and then answers nothing', async () => {
    const proxy = await startProxy({ server });
    toStop.push(proxy);
    proxy.hang(1);
    const { error, ms } = await timed(logIn(server, { at: proxy, workMs: 1_000 }));
    expect(error).toMatchObject(refusal(/no answer before the deadline/));
    expect(ms).toBeLessThan(2_000);
  });

  it('is a bounded wait when it never says goodbye', async () => {
    const silent = await wire();
    const own = await logIn(server, { at: silent });
    silent.silence();
    expect((await timed(own.close())).ms).toBeLessThan(3_000);
  });

  it('is a bounded wait when it takes the connection and says nothing', async () => {
    const silent = await wire();
    silent.silence();
    const { error, ms } = await timed(logIn(server, { at: silent }));
    expect(error).toMatchObject(refusal(/timeout/));
    expect(ms).toBeLessThan(6_000);
  });
});
