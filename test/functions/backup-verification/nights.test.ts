import { describe, expect, it } from 'vitest';
import { Detail } from '../../../functions/backup-verification/detail.ts';
import type { Report } from '../../../functions/runtime/report.ts';
import { labelOf, manifestOf } from '../../../local/backups/base-backup.ts';
import { ARCHIVE, expectInOrder, findingOf, GARBAGE, PLAIN, told, useNights, withKeys } from './night.ts';
import { scratchDatabases } from './scratch.ts';

const night = useNights();

const rowOf = ({ detail }: Report, source = 'nightly') => {
  const row = Detail.parse(detail).sources.find((one) => one.source === source);
  if (row === undefined) throw new Error(`the detail has no ${source}`);
  return row;
};
const stateOf = (report: Report, key: string) => rowOf(report).backups.find(({ name }) => name === key)?.state;
const announced = (from = 0) =>
  night.estate.aws
    .published()
    .slice(from)
    .map(({ message }) => message);

describe('the next night', () => {
  it('compares each table with what it had when it was last verified', async () => {
    night.put('dumps/1.dump', PLAIN, 25);
    expectInOrder(await night.verify());
    night.put('dumps/2.dump', withKeys(22), 1);
    // Twelve per cent fewer, and ten are allowed.
    const second = await night.verify();
    expect(told(second)).toContain('critical nightly: table public.access_keys');
    expect(findingOf(second, 'nightly: table public.access_keys').what).toBe(
      'has 22 rows, and had 25 when it was last verified; it may shrink by 10 %',
    );
    expect(rowOf(second).tables).toContainEqual({ schema: 'public', table: 'access_keys', rows: 22, before: 25 });
    expect(night.memory()?.dumps.nightly).toMatchObject({ key: 'dumps/1.dump' });
    // What was not verified is never what the next is compared with.
    night.put('dumps/3.dump', withKeys(21), 0.5);
    expect(findingOf(await night.verify(), 'nightly: table public.access_keys').what).toMatch(
      /^has 21 rows, and had 25/,
    );
    night.put('dumps/4.dump', withKeys(23), 0.2);
    expect(told(await night.verify()).filter((one) => one.includes('table'))).toEqual([]);
    expect(night.memory()?.dumps.nightly?.tables).toContainEqual({ schema: 'public', table: 'access_keys', rows: 23 });
  });

  it('counts the dump that was verified last as what could be gone back to, for as long as it is there', async () => {
    night.put('dumps/1.dump', ARCHIVE, 25);
    const first = await night.verify();
    expectInOrder(first);
    const point = rowOf(first).recoveryPoint;
    night.put('dumps/2.dump', GARBAGE, 1);
    const second = await night.verify();
    expect(findingOf(second, 'nightly: file')).toMatchObject({ severity: 'critical' });
    expect(rowOf(second).recoveryPoint).toBe(point);
    expect([stateOf(second, 'dumps/1.dump'), stateOf(second, 'dumps/2.dump')]).toEqual(['verified', 'bad']);
    expect(told(second)).not.toContain('critical database: recovery point');
    expect(second.metrics.RecoveryPointAge?.value).toBeGreaterThan(24.9 * 3600);
    night.estate.aws.removeObject(night.bucket, 'dumps/1.dump');
    const third = await night.verify();
    expect(rowOf(third).recoveryPoint).toBeUndefined();
    expect(findingOf(third, 'database: recovery point').what).toMatch(/^there is no point/);
    expect(third.metrics).not.toHaveProperty('RecoveryPointAge');
  });

  it('does not take a verified dump that was written over for the one that was verified', async () => {
    night.put('dumps/1.dump', ARCHIVE, 25);
    expectInOrder(await night.verify());
    night.put('dumps/1.dump', GARBAGE, 1);
    expect(rowOf(await night.verify()).recoveryPoint).toBeUndefined();
  });
});

describe('a source that cannot be looked at', () => {
  const maintenance = () =>
    night.nightly({ name: 'maintenance', prefix: undefined, suffix: undefined, key: 'maintenance/alexander.sql.gz' });
  const denied = { code: 'AccessDenied', status: 403 };

  it('is critical, nothing that was known of it is called cleared, and the others are looked at', async () => {
    const { aws } = night.estate;
    night.put('dumps/1.dump', GARBAGE);
    night.put('maintenance/alexander.sql.gz', GARBAGE);
    const sources = [night.nightly(), maintenance()];
    expect(told(await night.verify({ sources }))).toEqual(
      expect.arrayContaining(['critical maintenance: file', 'critical nightly: file']),
    );
    const before = announced().length;
    night.put('maintenance/alexander.sql.gz', PLAIN);
    aws.faults.fail('s3:ListObjectsV2', denied, Number.POSITIVE_INFINITY);
    const blind = await night.verify({ sources });
    expect(blind.verdict).toBe('findings');
    expect(findingOf(blind, 'nightly: not looked at')).toMatchObject({
      severity: 'critical',
      what: expect.stringMatching(/AccessDenied|not allowed|denied/i),
    });
    expect(rowOf(blind)).toMatchObject({ isUnseen: true });
    expect(rowOf(blind, 'maintenance')).toMatchObject({ isUnseen: false, recoveryPoint: expect.any(String) });
    const said = announced(before).join('\n');
    expect(said).toContain('nightly: not looked at');
    expect(said).toContain('maintenance: file');
    expect(said).not.toContain('nightly: file');
    aws.faults.clear();
    const after = announced().length;
    expect(told(await night.verify({ sources }))).toContain('critical nightly: file');
    // It was known all the time.
    const saidAfter = announced(after).join('\n');
    expect(saidAfter).toContain('nightly: not looked at');
    expect(saidAfter).not.toContain('nightly: file');
  });

  it('keeps what was remembered of it', async () => {
    night.put('dumps/1.dump', ARCHIVE);
    night.put('maintenance/alexander.sql.gz', PLAIN);
    const sources = [night.nightly(), maintenance()];
    await night.verify({ sources });
    const known = night.memory();
    expect(known?.dumps.nightly).toBeDefined();
    night.estate.aws.faults.fail('s3:ListObjectsV2', denied, Number.POSITIVE_INFINITY);
    await night.verify({ sources });
    expect(night.memory()?.dumps.nightly).toEqual(known?.dumps.nightly);
    expect(night.memory()?.sources.nightly).toEqual(known?.sources.nightly);
  });

  it('and no other that can, is a run that was refused', async () => {
    night.put('dumps/1.dump', ARCHIVE);
    night.estate.aws.faults.fail('s3:ListObjectsV2', denied, Number.POSITIVE_INFINITY);
    const report = await night.verify();
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringMatching(/^nightly: /) });
    expect(night.memory()).toBeNull();
  });
});

describe('F77 the WAL of a server that was promoted', () => {
  const SEGMENT = 16 * 2 ** 20;
  const lsn = (segment: number) => `0/${(segment * SEGMENT + 0x28).toString(16).toUpperCase()}`;
  const file = (timeline: number, segment: number) =>
    [timeline, 0, segment].map((part) => part.toString(16).toUpperCase().padStart(8, '0')).join('');
  const archive = (promotedHoursAgo: number) => {
    const lsns = { startLsn: lsn(1), stopLsn: lsn(2) };
    const at = new Date(night.estate.aws.clock.now().getTime() - 5 * 3_600_000);
    night.put('base/tonight/backup_label', labelOf({ ...lsns, firstSegment: file(1, 1), at }), 5);
    night.put('base/tonight/base.tar.gz', 'as large as a database', 5);
    night.put('base/tonight/backup_manifest', manifestOf(lsns), 5);
    for (const segment of [1, 2, 3]) night.put(`wal/${file(1, segment)}.gz`, 'changes', 5 - 0.1 * segment);
    night.put('wal/00000002.history', `1\t${lsn(4)}\tno recovery target specified\n`, promotedHoursAgo);
    night.put(`wal/${file(2, 4)}.gz`, 'changes', promotedHoursAgo);
  };
  const sources = () => {
    const { settings } = night.estate.settingsOf('backup-verification') as { settings: { sources: object[] } };
    return settings.sources.slice(2).map((source) => ({ ...source, store: { bucket: night.bucket } }));
  };

  it('is followed over the branch, and brings back what came after it', async () => {
    archive(0.5);
    const report = await night.verify({ sources: sources() });
    expect(told(report)).toEqual(['info wal: timeline']);
    const point = Date.parse(rowOf(report, 'wal').recoveryPoint ?? '');
    expect(night.estate.aws.clock.now().getTime() - point).toBeLessThan(0.6 * 3_600_000);
  });

  it('has a gap where a segment of the new timeline is missing', async () => {
    archive(4.5);
    night.put(`wal/${file(2, 6)}.gz`, 'changes', 4);
    night.put(`wal/${file(2, 7)}.gz`, 'changes', 0.5);
    expect(told(await night.verify({ sources: sources() }))).toEqual([
      expect.stringMatching(/^critical wal: gap at /),
      'info wal: timeline',
    ]);
  });
});

describe('F02 two runs at once', () => {
  it('are one, and one that says who holds the lease', async () => {
    night.put('dumps/1.dump', ARCHIVE);
    const reports = await Promise.all([night.verify(), night.verify()]);
    expect(reports.map(({ verdict }) => verdict).toSorted()).toEqual(['clean', 'skipped']);
    expect(reports.find(({ verdict }) => verdict === 'skipped')?.because).toMatch(/lease/);
    expect(await scratchDatabases(night.estate)).toEqual([]);
  });
});
