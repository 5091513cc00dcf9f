import { describe, expect, it } from 'vitest';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { watchingRequests } from '../meanwhile.ts';
import { coordinate, useCoordinating } from './coordinating.ts';
import { call, candidates, evidence, markings } from './ground.ts';

const ground = useCoordinating();
const EVIDENCE = 'alexander-evidence';
const OLD = { objectHours: 100, rowHours: 100 };
const ORPHANS = Array.from({ length: 60 }, (_, n) => ({ content: `orphan ${n}`, ...OLD }));
const ORPHAN_KEYS = ORPHANS.map(({ content }) => keyOf(hashOf(content))).toSorted();
const plant = () => ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS]);

/** A marking under way, of which all shards but these are done. */
async function allBut(left: number[]): Promise<void> {
  await plant();
  await call(ground);
  const { counts } = markings(ground);
  const state = { underWay: { ...counts, finished: [] } };
  ground.aws.putObject(EVIDENCE, 'state/orphan-blob-gc/marking.json', JSON.stringify(state));
  for (const shard of left) ground.aws.removeObject(EVIDENCE, counts?.finished[shard]?.result ?? '');
}

describe('what is left of a marking', { timeout: 180_000 }, () => {
  it.each([
    { left: [1, 3, 5], lanes: 2 },
    { left: [3], lanes: 1 },
  ])('is marked by no more lanes at once than settings allow, which share the rate: $left', async ({ left, lanes }) => {
    await allBut(left);
    let now = 0;
    let most = 0;
    const { report, invoked } = await coordinate(ground, {
      atOnce: 2,
      invoke: async (part, { invoke }) => {
        now += 1;
        most = Math.max(most, now);
        await invoke(part);
        now -= 1;
      },
    });
    expect(invoked.map(({ part }) => [part.from, part.upTo, part.lanes]).toSorted()).toEqual(
      left.map((shard) => [shard, shard + 1, lanes]),
    );
    expect([most, report?.verdict]).toEqual([lanes, 'findings']);
    expect(candidates(ground).map(({ key }) => key)).toEqual(ORPHAN_KEYS);
  });

  it('F01 a shard that a late part stores in the very moment counts as that one stored it', async () => {
    await plant();
    await call(ground);
    const [manifest, result] = [
      markings(ground).counts?.finished[5]?.manifest,
      markings(ground).counts?.finished[5]?.result,
    ];
    const there = evidence(ground.aws).find(({ key }) => key === result)?.body ?? '';
    const storing = ({ method, url }: { method: string; url: string }) => {
      const own = /\/(reports\/[^?]*)\.marked-5\./.exec(url)?.[1];
      if (method === 'PUT' && own) ground.aws.putObject(EVIDENCE, `${own}.shard-5.json`, there);
    };
    const report = await watchingRequests(storing, () => call(ground));
    expect([report.verdict, markings(ground).counts?.id]).toEqual(['findings', report.runId]);
    expect(markings(ground).counts?.finished[5]?.manifest).toBe(manifest);
    expect(candidates(ground).map(({ key }) => key)).toEqual(ORPHAN_KEYS);
  });
});
