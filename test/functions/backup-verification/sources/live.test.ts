import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { lookForBases } from '../../../../functions/backup-verification/sources/base.ts';
import { lookAtWal } from '../../../../functions/backup-verification/sources/wal.ts';
import { type Postgres, startPostgres } from '../../../../local/postgres/server.ts';
import { LOOKING, sourceOf, told, usePlanting } from './planting.ts';
import { walSource } from './wal-source.ts';

const { account, bucket, storeOf } = usePlanting();
/** Beside the server's data, and written by the server itself. */
const ARCHIVE = 'mkdir -p ../archive && cp %p ../archive/%f';

let postgres: Postgres;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres({
    dataRoot: join(tmpdir(), 'nightshift-sources'),
    settings: { archive_mode: 'on', archive_command: ARCHIVE, wal_level: 'replica', max_wal_senders: '2' },
  });
  folder = dirname(postgres.logPath);
});
afterAll(() => postgres.stop());

async function asAdmin(work: (client: pg.Client) => Promise<void>, more: object = {}) {
  const client = new pg.Client({ ...postgres.admin, ...more });
  await client.connect();
  await work(client).finally(() => client.end());
}

/** What the server wrote, as it wrote it. */
function upload(name: string, from: string, prefix: string, except: string[] = []) {
  for (const file of readdirSync(join(folder, from)).filter((one) => !except.includes(one)))
    account.aws.putObject(name, `${prefix}${file}`, readFileSync(join(folder, from, file)));
}

it('a base backup and the WAL that PostgreSQL archived are found whole, and a segment taken away is found', async () => {
  const backUp = `BASE_BACKUP (LABEL 'nightly', TARGET 'server', TARGET_DETAIL '${join(folder, 'base')}', CHECKPOINT 'fast', MANIFEST 'yes', WAIT false)`;
  await asAdmin(async (client) => void (await client.query(backUp)), { replication: 'database' });
  await asAdmin(async (client) => {
    for (let n = 0; n < 4; n += 1) await client.query(`CREATE TABLE t${n} (); SELECT pg_switch_wal()`);
    const { rows } = await client.query('SELECT pg_walfile_name(pg_current_wal_lsn() - 1) AS last');
    await vi.waitUntil(() => existsSync(join(folder, 'archive', rows[0].last)), { timeout: 20_000 });
  });
  const name = bucket();
  upload(name, 'base', 'base/tonight/');
  upload(name, 'archive', 'wal/');
  const source = sourceOf('base', {
    store: storeOf(name),
    prefix: 'base/',
    schedule: { everyHours: 24, keepDays: 30 },
  });
  const { looked, bases } = await lookForBases(source, LOOKING);
  expect(told(looked)).toEqual([]);
  expect(bases[0]?.stopLsn).toBeGreaterThan(bases[0]?.startLsn ?? 0n);
  // The local clusters are made with the smallest segments.
  const archive = walSource({ store: storeOf(name), segmentMb: 1 });
  const whole = await lookAtWal(archive, LOOKING, bases);
  expect(told(whole)).toEqual([]);
  expect(whole.recoveryPoint).toBeDefined();

  // The server's own word of where the backup ended is the manifest's.
  const [{ stopLsn = 0n, ...open } = {}] = bases as [Partial<(typeof bases)[0]>];
  expect(stopLsn).toBeGreaterThan(0n);
  expect(told(await lookAtWal(archive, LOOKING, [open as (typeof bases)[0]]))).toEqual([]);

  const segments = readdirSync(join(folder, 'archive'))
    .filter((file) => /^[0-9A-F]{24}$/.test(file))
    .toSorted();
  const gone = segments.at(-2) ?? '';
  account.aws.removeObject(name, `wal/${gone}`);
  const torn = await lookAtWal(archive, { ...LOOKING, memory: whole.memory }, bases);
  expect(told(torn)).toEqual([
    [`archive: gap at ${gone}`, 'critical', expect.stringContaining(`segment ${gone} is missing`)],
  ]);
});
