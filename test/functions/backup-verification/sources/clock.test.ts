import { expect, it } from 'vitest';
import { lookForDump } from '../../../../functions/backup-verification/sources/dump.ts';
import { HOUR, LOOKING, sourceOf, told, usePlanting } from './planting.ts';

const { bucket, put, storeOf } = usePlanting({ clockSkewMs: -30 * HOUR });

it('F18 the age of a backup is counted by the store’s own clock', async () => {
  const name = bucket();
  const schedule = { everyHours: 24, keepDays: 30 };
  const checks = { tables: [{ table: 'users' }] };
  const source = sourceOf('dump', { store: storeOf(name), prefix: 'dumps/', schedule, checks });
  put(name, 'dumps/young.sql', 'x', HOUR);
  expect(told((await lookForDump(source, LOOKING)).looked)).toEqual([]);
});
