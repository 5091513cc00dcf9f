import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../functions/runtime/store.ts';
import { type Account, BUCKET, openAccount } from './account.ts';
import { lookAtAll } from './manifest.ts';

const ROWS = 200_000;
const EARLY = 50_000;
/** The 150,000 targets in between would take 30 MB as the shortest of strings, and twice that as entries. */
const GROWTH_BYTES = 8 * 1024 * 1024;

describe('a manifest with a line per target', () => {
  let account: Account;
  let collectGarbage: () => void;
  beforeAll(async () => {
    account = await openAccount();
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc');
  });
  afterAll(() => account.close());

  it('is merged with the one before in memory that does not grow with the targets', async () => {
    const store = openStore(BUCKET);
    const first = await lookAtAll({ store, rows: ROWS, pass: 1 });
    expect(first).toMatchObject({ total: ROWS / 10, remembered: 0, changes: { total: ROWS / 10 } });
    const heapUsed = new Map<number, number>();
    const onPiece = (rows: number) => {
      if (rows !== EARLY && rows !== ROWS) return;
      collectGarbage();
      heapUsed.set(rows, process.memoryUsage().heapUsed);
    };
    const second = await lookAtAll({ store, rows: ROWS, pass: 2, onPiece });
    expect(second).toMatchObject({ total: ROWS / 20, remembered: ROWS, changes: { total: ROWS / 20 } });
    expect(second.changes.shown[0]).toMatchObject({ kind: 'cleared' });
    expect((heapUsed.get(ROWS) ?? Number.NaN) - (heapUsed.get(EARLY) ?? Number.NaN)).toBeLessThan(GROWTH_BYTES);
  });
});
