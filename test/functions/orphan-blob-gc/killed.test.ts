import { describe, expect, it } from 'vitest';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { watchingRequests } from '../meanwhile.ts';
import { BUCKET, call, candidates, markings, useGround } from './ground.ts';

const ground = useGround();
const OLD = { objectHours: 100, rowHours: 100 };
const ORPHANS = Array.from({ length: 60 }, (_, n) => ({ content: `orphan ${n}`, ...OLD }));
/** A lease is given back when its run’s time is over. */
const LEASE_MS = 66_000;

describe('F14 a marking that dies', () => {
  it.each([
    ['before its first shard is stored', 'PUT', '.marked-0.jsonl.gz'],
    ['with a manifest stored and no result', 'PUT', '.shard-5.json'],
    ['with a shard stored and not on record', 'PUT', 'marking.json'],
    ['in the middle of the listing', 'GET', 'list-type=2'],
    ['before its report is stored', 'PUT', 'ledger.jsonl.gz'],
  ])(
    '%s leaves what counts as it was, and the next run ends as if nothing had happened',
    async (_, method, url) => {
      await ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS]);
      await call(ground);
      const counted = candidates(ground);
      expect(counted).toHaveLength(ORPHANS.length);
      await ground.plant([{ content: 'another orphan', ...OLD }]);
      let isDead = false;
      const die = (request: { method: string; url: string }) => {
        if (isDead || request.method !== method || !request.url.includes(url)) return;
        isDead = true;
        ground.aws.faults.die();
      };
      const died = await watchingRequests(die, () => call(ground)).catch((error: Error) => error);
      expect(isDead).toBe(true);
      expect(died).toMatchObject(died instanceof Error ? {} : { verdict: expect.stringMatching(/failed|refused/) });
      ground.aws.faults.clear();
      if (markings(ground).underWay !== undefined || url !== 'ledger.jsonl.gz')
        expect(candidates(ground)).toEqual(counted);
      ground.aws.clock.advance(LEASE_MS);
      expect(await call(ground)).toMatchObject({ verdict: 'findings', detail: { marking: { isComplete: true } } });
      const all = [...ORPHANS, { content: 'another orphan' }].map(({ content }) => keyOf(hashOf(content))).toSorted();
      expect(candidates(ground).map(({ key }) => key)).toEqual(all);
      const before = new Map(counted.map((candidate) => [candidate.key, candidate.markedAt]));
      for (const { key, markedAt } of candidates(ground)) if (before.has(key)) expect(markedAt).toBe(before.get(key));
      expect(ground.aws.objects(BUCKET)).toHaveLength(ORPHANS.length + 2);
    },
    60_000,
  );
});
