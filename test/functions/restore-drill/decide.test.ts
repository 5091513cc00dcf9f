import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseSnapshot,
  judgeObjectives,
  judgeStatus,
  leftBehind,
  notTheCopy,
} from '../../../functions/restore-drill/decide.ts';
import { copyOf, type Instance, isCopy, isOfOwner } from '../../../functions/restore-drill/instance.ts';

const owner = { system: 'Alexander', runbook: 'restore-drill' };
const runId = '20260101T020000Z-0a1b2c3d';
const copy = copyOf({ ...owner, runId });
const instance = (fields: Partial<Instance> = {}): Instance => ({
  id: copy.id,
  resourceId: 'db-COPY',
  status: 'available',
  tags: { 'nightshift:scratch': copy.mark },
  endpoint: { host: 'copy', port: 5432 },
  isInCluster: false,
  ...fields,
});
const source = { id: 'apex-db', resourceId: 'db-SOURCE', endpoint: { host: 'apex', port: 5432 } };

describe('the copy of a run', () => {
  it('has a name that RDS takes: at most 63 small letters, digits and single hyphens', () => {
    expect(copy.id).toMatch(/^[a-z](-?[a-z0-9])*$/);
    expect(copy.id.length).toBeLessThanOrEqual(63);
  });

  it('F75 is not taken for it because of its name or its mark alone, whatever else is there', () => {
    const name = fc.oneof(fc.constant(copy.id), fc.constant('apex-db'), fc.string());
    const mark = fc.oneof(fc.constant(copy.mark), fc.constant(`${copy.mark}x`), fc.string());
    fc.assert(
      fc.property(name, mark, (id, value) => {
        const seen = instance({ id, tags: { 'nightshift:scratch': value } });
        expect(isCopy(seen, copy)).toBe(id === copy.id && value === copy.mark);
        const isOurs = id.startsWith('nightshift-drill-') && value.startsWith('Alexander/restore-drill/');
        expect(isOfOwner(seen, owner)).toBe(isOurs);
      }),
    );
  });

  it.each([
    ['it has no mark', { tags: {} }, 'does not carry the mark'],
    ['it is the source under another name', { resourceId: 'db-SOURCE' }, 'is the source'],
    ['it answers where the source answers', { endpoint: { host: 'apex', port: 5432 } }, 'at the address of the source'],
  ])('F75 is not touched where %s', (_why, fields, said) => {
    expect(notTheCopy(instance(fields), { copy, source })).toContain(said);
    expect(notTheCopy(instance(), { copy, source })).toBeUndefined();
  });
});

describe('F74 what was left behind', () => {
  const swept = (now: string, fields: Partial<Instance> = {}) =>
    leftBehind([instance(fields)], { ...owner, now: new Date(now), sweepAfterHours: 12 }).length;

  it('is as old as its run, to the second', () => {
    expect([swept('2026-01-01T13:59:59Z'), swept('2026-01-01T14:00:00Z')]).toEqual([0, 1]);
  });

  it.each([
    '',
    'Alexander/restore-drill/',
    'Alexander/restore-drill/20260101T020000Z-',
    'Alexander/restore-drill/x',
  ])('is young where its mark, %j, tells no time', (mark) => {
    expect(swept('2036-01-01T00:00:00Z', { tags: { 'nightshift:scratch': mark } })).toBe(0);
  });
});

describe('a state', () => {
  it.each([
    ['available', 'ready'],
    ['creating', 'waiting'],
    ['backing-up', 'waiting'],
    ['modifying', 'waiting'],
    ['configuring-enhanced-monitoring', 'waiting'],
    ['failed', 'hopeless'],
    ['incompatible-option-group', 'hopeless'],
    ['incompatible-credentials', 'hopeless'],
    ['inaccessible-encryption-credentials-recoverable', 'hopeless'],
    ['stopped', 'hopeless'],
  ])('%s is %s', (status, judged) => {
    expect(judgeStatus({ status, endpoint: { host: 'copy', port: 5432 } })).toBe(judged);
  });

  it('available without an address is not there yet', () => {
    expect(judgeStatus({ status: 'available' })).toBe('waiting');
  });
});

describe('a choice', () => {
  const settings = (mayBeUnencrypted: boolean) => ({
    source: { instance: 'apex-db', restore: 'latest-snapshot' as const, mayBeUnencrypted },
  });
  const snapshot = fc.record({
    id: fc.string({ minLength: 1 }),
    status: fc.constantFrom('available', 'creating', 'failed'),
    createdAt: fc.option(
      fc.integer({ min: 0, max: 2e12 }).map((at) => new Date(at).toISOString()),
      { nil: undefined },
    ),
    isEncrypted: fc.boolean(),
  });

  it('is never older than another snapshot that could be restored, and never one that could not', () => {
    fc.assert(
      fc.property(fc.array(snapshot), (snapshots) => {
        const chosen = chooseSnapshot(snapshots, settings(true));
        const usable = snapshots.filter(({ status, createdAt }) => status === 'available' && createdAt !== undefined);
        const newest = Math.max(...usable.map(({ createdAt }) => Date.parse(createdAt ?? '')));
        if ('point' in chosen) expect(Date.parse(chosen.point.at)).toBe(newest);
        else expect(usable).toEqual([]);
      }),
    );
  });

  it('never falls back to an older snapshot because the newest is not encrypted', () => {
    const at = (day: number, isEncrypted: boolean) => ({
      id: `rds:${day}`,
      status: 'available',
      createdAt: `2026-01-0${day}T00:00:00.000Z`,
      isEncrypted,
    });
    expect(chooseSnapshot([at(1, true), at(2, false)], settings(false))).toMatchObject({
      finding: { severity: 'critical', what: expect.stringContaining('rds:2, is not encrypted') },
    });
  });
});

describe('a promise', () => {
  const objectives = { objectives: { rpoMinutes: 15, rtoMinutes: 240 } };
  const missed = (rpoMinutes?: number, rtoMinutes?: number) =>
    judgeObjectives({ source: 'apex-db', rpoMinutes, rtoMinutes }, objectives).map(({ target }) => target);

  it('is kept to the minute that was promised, and not judged where nothing was measured', () => {
    expect(missed(15, 240)).toEqual([]);
    expect(missed(15.1, 240.1)).toEqual(['apex-db: recovery point', 'apex-db: recovery time']);
    expect(missed()).toEqual([]);
  });
});
