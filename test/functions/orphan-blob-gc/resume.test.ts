import { describe, expect, it } from 'vitest';
import { Settings } from '../../../functions/orphan-blob-gc/contract.ts';
import { blobsOf, lastOf } from '../../../functions/orphan-blob-gc/marking.ts';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { watchingRequests } from '../meanwhile.ts';
import { BUCKET, call, candidates, markings, passDays, settingsOf, useGround } from './ground.ts';

const ground = useGround();
const OLD = { objectHours: 100, rowHours: 100 };
/** So many that every one of 16 shards has some. */
const ORPHANS = Array.from({ length: 200 }, (_, n) => ({ content: `orphan ${n}`, ...OLD }));
const LOST = Array.from({ length: 40 }, (_, n) => ({ content: `lost ${n}`, rowHours: 100, references: 1 }));
const ORPHAN_KEYS = ORPHANS.map(({ content }) => keyOf(hashOf(content))).toSorted();

/** Time is up once this shard is on record. */
function untilShard(name: string, asked: Parameters<typeof call>[1] = {}) {
  let remainingMs = 60_000;
  return watchingRequests(
    ({ method, url }) => {
      if (method === 'PUT' && url.includes(`.shard-${name}.json`)) remainingMs = 11_000;
    },
    () => call(ground, { ...asked, remainingMs: () => remainingMs }),
  );
}

describe('F04 a marking for which there is not enough time', () => {
  it('is partial, says how much is left, and changes nothing that counts', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS]);
    const report = await untilShard('5');
    expect(report).toMatchObject({
      verdict: 'partial',
      because: expect.stringMatching(/6 of 16 shards .* takes about/),
    });
    expect(report.detail).toMatchObject({ marking: { finished: 6, isComplete: false } });
    expect(markings(ground)).toMatchObject({ underWay: { shards: 16 } });
    expect(markings(ground).counts).toBeUndefined();
  });

  it('F08 is a finding once it has taken half of the time after which it is begun anew, and none when it is complete', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS]);
    const slow = ({ findings }: Awaited<ReturnType<typeof call>>) =>
      findings.filter(({ target }) => target.endsWith(' marking'));
    await untilShard('1');
    passDays(ground, 14);
    expect(slow(await untilShard('3'))).toEqual([]);
    passDays(ground, 2);
    const late = await untilShard('5');
    expect(late.verdict).toBe('partial');
    expect(slow(late)).toMatchObject([{ severity: 'warning', what: expect.stringMatching(/16 days ago has 6 of 16/) }]);
    expect(slow(await call(ground))).toEqual([]);
  });

  it('is gone on with where it stopped, and counts when its last shard is done', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS, ...LOST]);
    const first = await untilShard('5');
    const before = ground.aws.requests().length;
    const second = await call(ground);
    const questions = ground.aws
      .requests()
      .slice(before)
      .filter(({ operation }) => operation === 'ListObjectsV2');
    expect(questions).toHaveLength(1);
    expect(second.detail).toMatchObject({ marking: { isComplete: true }, objects: 201, rows: 241 });
    expect(markings(ground).underWay).toBeUndefined();
    expect(candidates(ground).map(({ key }) => key)).toEqual(ORPHAN_KEYS);
    const critical = ({ findings }: typeof first) => findings.filter(({ severity }) => severity === 'critical').length;
    expect(critical(first)).toBeGreaterThan(0);
    expect(critical(first)).toBeLessThan(40);
    expect(critical(second)).toBe(40);
  });

  it('does not tell again, nor tell as cleared, what another part of it has told', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...LOST]);
    await untilShard('5');
    await call(ground);
    const told = ground.aws.published().length;
    await untilShard('2');
    await call(ground);
    expect(ground.aws.published()).toHaveLength(told);
  });

  it('F54 is refused where references are far fewer than its first shards have seen, also if it is the first of all', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS]);
    await untilShard('5');
    await ground.sql('DELETE FROM objects WHERE ctid IN (SELECT ctid FROM objects LIMIT 50)');
    const report = await call(ground);
    expect([report.verdict, report.because]).toEqual(['refused', expect.stringContaining('has 50, and had 100')]);
    expect(markings(ground).counts).toBeUndefined();
    const event = { phase: 'mark', acceptFewerReferences: true };
    expect(await call(ground, { event })).toMatchObject({ verdict: 'findings' });
  });

  it('is refused where there is not time for one shard, and says what to do', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 1 }]);
    const report = await call(ground, { remainingMs: () => 11_500 });
    expect(report).toMatchObject({
      verdict: 'refused',
      because: expect.stringMatching(/before one shard .* more shards/),
    });
  });

  it('is begun anew where settings name other columns, or other shards', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 100, parts: 1 }, ...ORPHANS]);
    await untilShard('5');
    const before = markings(ground).underWay?.id;
    // biome-ignore lint/suspicious/noExplicitAny: settings as JSON
    const fewer = (settings: any) => {
      settings.notReferences.push(settings.references.pop());
      delete settings.notReferences.at(-1).holds;
    };
    await untilShard('3', { edit: fewer });
    expect(markings(ground).underWay?.id).not.toBe(before);
    expect(markings(ground).underWay?.finished).toHaveLength(4);
    const one = (settings: object) => Object.assign(settings, { shards: 1 });
    await call(ground, { edit: one });
    expect(markings(ground).counts?.finished).toHaveLength(1);
  });

  it('is begun anew where nobody has gone on with it for thirty days', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS]);
    await untilShard('5');
    const begun = markings(ground).underWay?.id;
    passDays(ground, 29);
    await untilShard('7');
    expect(markings(ground).underWay?.id).toBe(begun);
    passDays(ground, 1);
    const report = await call(ground);
    expect([markings(ground).counts?.id, report.verdict]).toEqual([report.runId, 'findings']);
  });

  it('F54 is compared with the last one of the same blobs only', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 100 }]);
    await call(ground);
    const known = markings(ground);
    const last = (changed: object = {}) =>
      lastOf(known, blobsOf(Settings.parse({ ...settingsOf(ground), ...changed })));
    expect(last()).toEqual(known.counts);
    expect(known.counts).toBeDefined();
    for (const other of [{ prefix: 'elsewhere/' }, { key: '{hash}' }, { store: { bucket: 'another' } }])
      expect(last(other)).toBeUndefined();
  });

  it('keeps since when a blob has been marked, also where the shards are others', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS]);
    await call(ground);
    const first = candidates(ground);
    passDays(ground, 3);
    await untilShard('9');
    await call(ground);
    expect(candidates(ground)).toEqual(first);
    for (const shards of [1, 256, 16]) {
      await call(ground, { edit: (settings) => Object.assign(settings, { shards }) });
      expect(candidates(ground)).toEqual(first);
    }
  });
});

describe('shards', () => {
  it.each([1, 16, 256])('%i of them find the same, and count each object once', async (shards) => {
    await ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS]);
    const lastModified = new Date(Date.now() - 100 * 3_600_000);
    const strangers = ['0', 'a', 'a/', 'ab', 'ff/ff', 'g', 'zz', '!', '5', '\u{1f600}'];
    for (const key of strangers) ground.aws.putObject(BUCKET, key, 'x', { lastModified });
    const report = await call(ground, { edit: (settings) => Object.assign(settings, { shards }) });
    expect(candidates(ground).map(({ key }) => key)).toEqual(ORPHAN_KEYS);
    expect(report.detail).toMatchObject({ objects: 201, rows: 201, marking: { finished: shards } });
    const told = report.findings.find(({ target }) => target.endsWith('unrecognised keys'));
    expect(told?.what).toContain(`${strangers.length} objects`);
  });
});
