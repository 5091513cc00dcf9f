import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plantBlobs } from '../../../local/blobs/plant.ts';
import { BUCKET, call, candidates, keysOf, useGround } from './ground.ts';

const ground = useGround();
const OLD = { objectHours: 100, rowHours: 100 };

let other: pg.Client;
beforeAll(async () => {
  other = new pg.Client(ground.postgres.admin);
  await other.connect();
});
afterAll(() => other?.end());

async function untilSomebodyWaits(): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'nightshift %'`;
  while ((await ground.sql(waiting)).length === 0) await sleep(5);
}

it('F52 reads rows and references as they were at one moment, whatever is committed while they are read', async () => {
  await ground.plant([
    { content: 'kept', ...OLD, references: 1 },
    { content: 'orphan', ...OLD },
  ]);
  // The last request before the transaction: by then the catalogue has been read, which would wait for the lock, too.
  await call(ground);
  const last = ground.aws.requests().findIndex(({ resource }) => resource.endsWith('/marking.json'));
  ground.aws.faults.clear();
  ground.aws.faults.hold({ call: last + 1, when: 'before' }, async () => {
    await other.query('BEGIN; LOCK TABLE multipart_parts');
  });
  const marking = call(ground);
  // It counts the references of that table, and so has its snapshot by now.
  await untilSomebodyWaits();
  const later = [{ content: 'later', ...OLD, references: 1 }];
  await plantBlobs({ aws: ground.aws, bucket: BUCKET, client: other }, later);
  await other.query('COMMIT');
  const report = await marking;
  expect(report.detail).toMatchObject({ rows: 2 });
  expect(candidates(ground).map(({ key }) => key)).toEqual(keysOf('orphan', 'later'));
});
