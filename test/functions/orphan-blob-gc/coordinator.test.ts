import { gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { watchingRequests } from '../meanwhile.ts';
import { coordinate, useCoordinating } from './coordinating.ts';
import { BUCKET, call, candidates, evidence, type Ground, markings, passDays } from './ground.ts';
import type { Sandboxes } from './sandbox.ts';

const ground = useCoordinating();
const OLD = { objectHours: 100, rowHours: 100 };
/** So many that every one of 16 shards has some. */
const ORPHANS = Array.from({ length: 100 }, (_, n) => ({ content: `orphan ${n}`, ...OLD }));
const LOST = Array.from({ length: 40 }, (_, n) => ({ content: `lost ${n}`, rowHours: 100, references: 1 }));
const KEPT = { content: 'kept', ...OLD, references: 100 };
const keysOf = (blobs: { content: string }[]) => blobs.map(({ content }) => keyOf(hashOf(content))).toSorted();
const ORPHAN_KEYS = keysOf(ORPHANS);

/** The manifests of the marking that counts, and what else is kept of its shards but when they were looked at. */
function stored({ aws }: Ground) {
  const objects = new Map(evidence(aws).map(({ key, body }) => [key, body]));
  return (markings(ground).counts?.finished ?? []).map(({ shard, manifest, result }) => {
    const { snapshotAt: _at, manifest: _key, ...rest } = JSON.parse(objects.get(result)?.toString() ?? '{}');
    return { shard, manifest: objects.get(manifest)?.toString('latin1'), rest };
  });
}

const lanesOf = (invoked: Awaited<ReturnType<typeof coordinate>>['invoked']) =>
  invoked.map(({ part }) => [part.lane, part.from, part.upTo]).toSorted(([a = 0], [b = 0]) => a - b);

describe('a marking by a coordinator', { timeout: 180_000 }, () => {
  it('F52 F63 is, byte for byte, the marking that one invocation makes', async () => {
    await ground.plant([KEPT, ...ORPHANS, ...LOST]);
    const lastModified = new Date(Date.now() - 100 * 3_600_000);
    for (const key of ['0', 'a/', 'ff/ff', 'zz', '!', '5', '\u{1f600}'])
      ground.aws.putObject(BUCKET, key, 'x', { lastModified });
    // Since when each is marked is known from then on, so that no clock is in the manifests.
    await call(ground);
    passDays(ground, 1);
    const bringBack = ground.aws.keepBuckets(['alexander-evidence']);
    const one = await call(ground);
    const expected = stored(ground);
    bringBack();
    const { status, report, invoked } = await coordinate(ground, { atOnce: 3 });
    expect([status, report?.verdict, report?.because]).toEqual(['SUCCEEDED', one.verdict, undefined]);
    expect(lanesOf(invoked)).toEqual([
      [0, 0, 6],
      [1, 6, 12],
      [2, 12, 16],
    ]);
    expect(stored(ground)).toEqual(expected);
    expect(expected.map(({ manifest }) => gunzipSync(Buffer.from(manifest ?? '', 'latin1')).length > 0)).toEqual(
      Array(16).fill(true),
    );
    const { marking: _one, manifests: _ones, ...told } = one.detail as Record<string, unknown>;
    expect(report?.detail).toMatchObject(told);
    expect(report?.findings).toEqual(one.findings);
    expect(report?.metrics.LostBlobs).toEqual(one.metrics.LostBlobs);
    expect(markings(ground).counts?.references).toEqual({
      'public.objects.content_hash': 140,
      'public.multipart_parts.content_hash': 0,
      'public.blobs.delta_base_hash': 0,
    });
  });

  it('keeps nothing of a blob in the history of its execution, and is verified once for the watcher', async () => {
    await ground.plant([KEPT, ...ORPHANS]);
    const { history, invoked } = await coordinate(ground, { atOnce: 2 });
    // The report names the largest few; no step answers with a line for each.
    expect(ORPHANS.filter(({ content }) => history.includes(hashOf(content))).length).toBeLessThan(ORPHANS.length / 2);
    const reports = evidence(ground.aws)
      .filter(({ key }) => /Z-[0-9a-f]{8}\.json$/.test(key))
      .map(({ body }) => JSON.parse(body.toString()));
    expect(reports).toHaveLength(1 + invoked.length);
    expect(reports.filter(({ metrics }) => 'Examined' in metrics)).toHaveLength(1);
  });

  it('F04 a part that runs out of time is handed out again from where it stopped', async () => {
    await ground.plant([KEPT, ...ORPHANS]);
    const { report, invoked } = await coordinate(ground, {
      atOnce: 1,
      invoke: async (part, workers) => {
        workers.setRemainingMs(60_000);
        const until = ({ method, url }: { method: string; url: string }) => {
          if (method === 'PUT' && /\.shard-[5a]\.json/.test(url)) workers.setRemainingMs(11_000);
        };
        return watchingRequests(until, () => workers.invoke(part));
      },
    });
    expect(lanesOf(invoked)).toEqual([
      [0, 0, 16],
      [0, 6, 16],
      [0, 11, 16],
    ]);
    expect([report?.verdict, report?.because]).toEqual(['findings', undefined]);
    expect(candidates(ground).map(({ key }) => key)).toEqual(ORPHAN_KEYS);
  });

  it('F57 a part that always fails is given up after three times, and nothing counts on the strength of the others', async () => {
    await ground.plant([KEPT, ...ORPHANS]);
    await call(ground);
    const before = stored(ground);
    await ground.plant([{ content: 'another orphan', ...OLD }]);
    const { status, report, invoked } = await coordinate(ground, {
      atOnce: 2,
      invoke: (part, { invoke }) => {
        const { from } = (part as { part: { from: number } }).part;
        return from >= 8 ? invoke(part) : Promise.reject(new Error('Task timed out after 900.00 seconds'));
      },
    });
    expect([status, report?.verdict]).toEqual(['FAILED', 'refused']);
    expect(report?.because).toMatch(/^8 shards could not be marked: .*timed out.* goes on from there\.$/);
    expect(invoked.filter(({ part }) => part.from === 0)).toHaveLength(3);
    expect(stored(ground)).toEqual(before);
    const next = await coordinate(ground, { atOnce: 2 });
    // What was done stays done, also behind a gap.
    expect(lanesOf(next.invoked)).toEqual([
      [0, 0, 4],
      [1, 4, 8],
    ]);
    expect(next.report?.verdict).toBe('findings');
    expect(candidates(ground).map(({ key }) => key)).toEqual(keysOf([...ORPHANS, { content: 'another orphan' }]));
  });

  it('F04 says how much is left and how long it takes when its hours are over', async () => {
    await ground.plant([KEPT, ...ORPHANS, ...LOST]);
    const { now } = Date;
    const markUpTo = async (part: unknown, workers: Sandboxes) => {
      workers.setRemainingMs(60_000);
      const until = ({ method, url }: { method: string; url: string }) => {
        if (method === 'PUT' && /\.shard-[5c]\.json/.test(url)) workers.setRemainingMs(11_000);
      };
      await watchingRequests(until, () => workers.invoke(part));
    };
    // Both are handed out by then; what is left of time is the same for all sandboxes, so one is marked after the other.
    const begun: (() => void)[] = [];
    const { status, report } = await coordinate(ground, {
      atOnce: 2,
      hours: 1,
      invoke: async (part, workers) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        if (begun.push(resolve) === 2) begun[0]?.();
        await promise;
        await markUpTo(part, workers);
        begun[1]?.();
        vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_660_000);
      },
    });
    expect([status, report?.verdict]).toEqual(['SUCCEEDED', 'partial']);
    expect(report?.because).toMatch(/ 11 of 16 shards marked; at this pace the rest takes about \d+ (minutes|hours)\./);
    vi.restoreAllMocks();
    expect(markings(ground).counts).toBeUndefined();
    const told = report?.findings.filter(({ severity }) => severity === 'critical').length ?? 0;
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(40);
    // Whichever way it goes on, only what is left is marked.
    const one = await call(ground);
    expect(one).toMatchObject({ verdict: 'findings', detail: { marking: { isComplete: true } } });
    expect(candidates(ground).map(({ key }) => key)).toEqual(ORPHAN_KEYS);
  });
});
