import { gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { lookForBases } from '../../../../functions/backup-verification/sources/base.ts';
import { labelOf, manifestOf, tarOf } from './base-backup.ts';
import { DAY, HOUR, LOOKING, sourceOf, told, usePlanting } from './planting.ts';

const { account, bucket, put, storeOf } = usePlanting();
const SEGMENT = '000000010000000000000002';
const LABEL = labelOf('0/2000028', SEGMENT);
const FILES = { PG_VERSION: '18\n', 'base/5/1247': 'pages', 'global/pg_control': 'control', backup_label: LABEL };
const START = { timeline: 1, startLsn: 0x2000028n };

let name: string;
beforeEach(() => {
  name = bucket();
});
const look = (memory?: unknown) =>
  lookForBases(
    sourceOf('base', { store: storeOf(name), prefix: 'base/', schedule: { everyHours: 168, keepDays: 30 } }),
    {
      ...LOOKING,
      memory,
    },
  );
const plantAll = (folder: string, files: Record<string, string | Buffer>, msAgo: number) => {
  for (const [path, body] of Object.entries(files)) put(name, `base/${folder}/${path}`, body, msAgo);
};
const plain = (files: Record<string, string> = FILES) => ({ ...files, backup_manifest: manifestOf({ files }) });
const tars = (more: Record<string, string | Buffer> = {}) => ({
  'base.tar.gz': gzipSync(tarOf(FILES)),
  'pg_wal.tar.gz': gzipSync(tarOf({ [SEGMENT]: 'wal' })),
  backup_manifest: manifestOf({ files: FILES }),
  ...more,
});

describe('base backups', () => {
  it('in folders, as a data directory or as archives, say where each begins and ends', async () => {
    plantAll('2026-11-06', plain(), 15 * DAY);
    plantAll('2026-11-13', tars(), 8 * DAY);
    plantAll('2026-11-20', tars(), DAY);
    const { looked, bases } = await look();
    expect(told(looked)).toEqual([]);
    expect(bases).toMatchObject([15, 8, 1].map(() => ({ ...START, stopLsn: 0x2000100n })));
    expect(bases.map((base) => base.name)).toEqual(['2026-11-06', '2026-11-13', '2026-11-20']);
    expect(looked.backups).toHaveLength(3);
    // Its WAL is beside it, so that it can be restored by itself.
    expect(looked.recoveryPoint).toBe('2026-11-20T02:00:01.000Z');
  });

  it('that are one archive each are known by the label in it, and nobody can tell that they are whole', async () => {
    put(
      name,
      'base/2026-11-20T020000_base.tar.gz',
      gzipSync(tarOf({ './backup_label': LABEL, './PG_VERSION': '18' })),
      HOUR,
    );
    const { looked, bases } = await look();
    expect(bases).toMatchObject([START]);
    expect(bases[0]).not.toHaveProperty('stopLsn');
    expect(told(looked)).toEqual([['nightly: manifest', 'warning', expect.stringContaining('has no manifest')]]);
    expect(looked.recoveryPoint).toBeUndefined();
  });

  it.each([
    ['base.tar', (tar: Buffer) => tar],
    ['base.tar.zst', zstdCompressSync],
  ])('in %s are read as well', async (tar, pack) => {
    const { 'base.tar.gz': _, ...others } = tars();
    plantAll(
      'a',
      { ...others, [tar]: pack(tarOf({ ...FILES, 'padding/so/that/it/is/long/enough': 'x'.repeat(400) })) },
      HOUR,
    );
    expect(told((await look()).looked)).toEqual([]);
  });

  it('that lie directly under the prefix are one', async () => {
    for (const [path, body] of Object.entries(tars())) put(name, `base/${path}`, body, HOUR);
    const { looked, bases } = await look();
    expect(told(looked)).toEqual([]);
    expect(bases).toHaveLength(1);
  });

  it('are none of what lies beside them', async () => {
    put(name, `base/wal/${SEGMENT}`, 'x', HOUR);
    put(name, 'base/readme.txt', 'x', HOUR);
    expect(told((await look()).looked)).toEqual([['nightly: newest', 'critical', 'there is no backup']]);
  });

  it.each<[string, Record<string, string | Buffer | undefined>, string, string]>([
    [
      'a manifest cut off',
      { backup_manifest: manifestOf({ files: FILES }).slice(0, -20) },
      'manifest',
      'it was cut off',
    ],
    [
      'a manifest changed',
      { backup_manifest: manifestOf({ files: FILES }).replace('1247', '1248') },
      'manifest',
      'does not hold',
    ],
    ['a file missing', { 'base/5/1247': undefined }, 'files', 'base/5/1247 is missing'],
    ['a file cut off', { 'base/5/1247': 'pag' }, 'files', 'base/5/1247 has 3 bytes instead of 5'],
    [
      'a label of another backup',
      { backup_label: LABEL.replaceAll('0/2000028', '0/3000028') },
      'label',
      'two different backups',
    ],
  ])('F70 with %s are critical', async (_, change, thing, what) => {
    const files = Object.entries({ ...plain(), ...change }).filter(([, body]) => body !== undefined);
    plantAll('2026-11-20', Object.fromEntries(files) as Record<string, string>, HOUR);
    const { looked, bases } = await look();
    expect(told(looked)).toEqual([[`nightly: ${thing}`, 'critical', expect.stringContaining(what)]]);
    // Nothing starts from it, so no WAL leads on from it either.
    expect([bases, looked.backups.map(({ state }) => state)]).toEqual([[], ['bad']]);
  });

  it('F70 that are not whole bring nothing back, also once a newer one is there', async () => {
    plantAll('a', tars(), 15 * DAY);
    const { 'pg_wal.tar.gz': wal, ...broken } = tars({
      backup_manifest: manifestOf({ files: { ...FILES, 'pg_tblspc/1/2': 'x' } }),
    });
    plantAll('b', { ...broken, 'pg_wal.tar.gz': wal }, 8 * DAY);
    const first = await look();
    expect([first.bases.map((base) => base.name), first.looked.recoveryPoint]).toEqual([['a'], undefined]);
    plantAll('c', tars(), DAY);
    const { bases } = await look(JSON.parse(JSON.stringify(first.looked.memory)));
    expect(bases.map((base) => base.name)).toEqual(['a', 'c']);
  });

  it('F70 whose archives are missing or cut off are critical', async () => {
    const files = { ...FILES, 'pg_tblspc/16400/PG_18/1': 'x' };
    const big = manifestOf({ files: { ...FILES, 'base/5/1': 'x'.repeat(9_000) } });
    const { 'base.tar.gz': _, ...others } = tars();
    plantAll('a', tars({ backup_manifest: manifestOf({ files }) }), 3 * HOUR);
    expect(told((await look()).looked)).toEqual([
      ['nightly: files', 'critical', expect.stringContaining('16400.tar is missing')],
    ]);
    plantAll('b', { ...others, 'base.tar': tarOf(FILES), backup_manifest: big }, HOUR);
    const [short] = told((await look()).looked).filter(([target]) => target === 'nightly: files');
    expect(short?.[2]).toMatch(/base\.tar has .* and what is in it 9\.\d kB/);
  });

  it.each([
    ['no archive at all', Buffer.alloc(2000, 7), 'it is no tar archive'],
    ['half of one', tarOf(FILES).subarray(0, 700), 'it ends in the middle'],
    ['one without a label', tarOf({ PG_VERSION: '18' }), 'it is not in the first 64 MB'],
  ])('F70 with %s instead are critical: nobody knows which WAL they need', async (_, tar, what) => {
    put(name, 'base/one.tar.gz', gzipSync(tar), HOUR);
    const { looked, bases } = await look();
    expect(bases).toEqual([]);
    expect(told(looked).find(([target]) => target === 'nightly: label')).toEqual([
      'nightly: label',
      'critical',
      expect.stringContaining(what),
    ]);
  });

  it('F72 one that is still being made is not judged yet', async () => {
    plantAll('a', tars(), 6 * DAY);
    put(name, 'base/b/base.tar.gz', 'half', HOUR);
    const { looked, bases } = await look();
    expect(told(looked)).toEqual([]);
    expect(bases.map((base) => base.name)).toEqual(['a']);
    expect(looked.said).toContain('b is being made');
  });

  it('F70 one that never got its manifest is judged after a while, and so is one where none has any', async () => {
    plantAll('a', tars(), 6 * DAY);
    const { backup_manifest: _, ...unfinished } = tars();
    plantAll('b', { ...unfinished, padding: 'x'.repeat(400) }, 3 * HOUR);
    expect(told((await look()).looked).map(([target]) => target)).toEqual(['nightly: manifest']);
    name = bucket();
    for (const [folder, msAgo] of Object.entries({ a: 6 * DAY, b: HOUR }))
      put(name, `base/${folder}/base.tar.gz`, gzipSync(tarOf(FILES)), msAgo);
    const { looked, bases } = await look();
    expect(told(looked).map(([target]) => target)).toEqual(['nightly: manifest']);
    expect(bases).toHaveLength(2);
  });

  it('that do not bring their WAL bring nothing back by themselves', async () => {
    plantAll('a', plain(), HOUR);
    const { looked } = await look();
    expect(told(looked)).toEqual([]);
    expect(looked.recoveryPoint).toBeUndefined();
  });

  it('that were replaced are read again', async () => {
    plantAll('a', plain(), 8 * DAY);
    plantAll('b', plain(), DAY);
    const { looked } = await look();
    plantAll(
      'a',
      { ...plain(), backup_manifest: manifestOf({ files: FILES, start: '0/7000028', stop: '0/7000100' }) },
      2 * DAY,
    );
    expect((await look(looked.memory)).bases[0]).toMatchObject({ startLsn: 0x7000028n });
  });

  it('that are known are not read again', async () => {
    plantAll('a', tars(), 8 * DAY);
    plantAll('b', tars(), DAY);
    const first = await look();
    const before = account.aws.requests().length;
    const again = await look(JSON.parse(JSON.stringify(first.looked.memory)));
    expect(again.bases).toEqual(first.bases);
    const read = account.aws
      .requests()
      .slice(before)
      .filter(({ operation }) => operation === 'GetObject');
    expect(read.filter(({ resource }) => resource.includes('base/a/'))).toEqual([]);
  });

  it('that are late, or erased too soon, are told', async () => {
    plantAll('a', tars(), 8 * DAY);
    account.aws.setLifecycle(name, [{ id: 'short', expireDays: 7 }]);
    expect(told((await look()).looked).map(([target]) => target)).toEqual(['nightly: lifecycle', 'nightly: schedule']);
  });

  it('F57 that cannot be read are a refusal', async () => {
    plantAll('a', tars(), HOUR);
    account.aws.faults.deny('trial', 's3:GetObject');
    await expect(look()).rejects.toMatchObject({ name: 'RefusalError', message: expect.stringContaining('base/a/') });
  });
});
