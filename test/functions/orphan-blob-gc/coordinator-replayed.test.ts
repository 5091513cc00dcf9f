import { describe, expect, it, vi } from 'vitest';
import { CONCLUDE } from '../../../functions/runtime/once.ts';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { watchingRequests } from '../meanwhile.ts';
import { dyingIn } from '../restore-drill/interrupted.ts';
import { type Coordinated, coordinate, useCoordinating } from './coordinating.ts';
import { candidates, markings } from './ground.ts';
import type { Sandboxes } from './sandbox.ts';

const ground = useCoordinating();
const OLD = { objectHours: 100, rowHours: 100 };
const ORPHANS = Array.from({ length: 60 }, (_, n) => ({ content: `orphan ${n}`, ...OLD }));
const ORPHAN_KEYS = ORPHANS.map(({ content }) => keyOf(hashOf(content))).toSorted();
const plant = () => ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS]);

describe('F14 a coordinator that is replayed when it concludes', { timeout: 180_000 }, () => {
  it('tells what it has concluded, and not what a late part has stored since', async () => {
    await plant();
    const { now } = Date;
    let late: () => Promise<unknown> = async () => {};
    const invoke = async (event: unknown, workers: Sandboxes) => {
      const until = ({ method, url }: { method: string; url: string }) => {
        if (method === 'PUT' && url.includes('.shard-5.json')) workers.setRemainingMs(11_000);
      };
      await watchingRequests(until, () => workers.invoke(event));
      workers.setRemainingMs(60_000);
      late = () => workers.invoke(event);
      vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_660_000);
    };
    const { status, report } = await coordinate(ground, {
      atOnce: 1,
      hours: 1,
      invoke,
      around: (handler) => dyingIn(CONCLUDE, handler, { before: 'START', meanwhile: () => late() }),
    });
    vi.restoreAllMocks();
    expect(markings(ground).counts).toBeUndefined();
    expect([status, report?.verdict]).toEqual(['SUCCEEDED', 'partial']);
    expect(report?.because).toMatch(/^Time ran out with 6 of 16 shards marked/);
    // All are done by now, so the next run has nothing left to mark.
    const next = await coordinate(ground, { atOnce: 1 });
    expect([next.report?.verdict, next.invoked]).toEqual(['findings', []]);
    expect(candidates(ground).map(({ key }) => key)).toEqual(ORPHAN_KEYS);
  });

  it('leaves alone what another run has begun since its marking counts', async () => {
    await plant();
    const begin = async () => {
      const { counts } = markings(ground);
      const state = { counts, underWay: { ...counts, id: '20260101T020000Z-0a1b2c3d', finished: [] } };
      ground.aws.putObject('alexander-evidence', 'state/orphan-blob-gc/marking.json', JSON.stringify(state));
    };
    const step = 'make the marking count';
    const around: Coordinated['around'] = (handler) => dyingIn(step, handler, { meanwhile: begin });
    const { report } = await coordinate(ground, { atOnce: 1, around });
    expect([report?.verdict, markings(ground).underWay?.id]).toEqual(['findings', '20260101T020000Z-0a1b2c3d']);
    expect(candidates(ground).map(({ key }) => key)).toEqual(ORPHAN_KEYS);
  });

  it('does not look again at what it may not see any more', async () => {
    await plant();
    let written = 0;
    const { faults } = ground.aws;
    const failing = ({ method, url }: { method: string; url: string }) => {
      if (method !== 'PUT' || !url.includes('/marking.json')) return;
      written += 1;
      // The first is that of its beginning.
      if (written !== 2) return;
      faults.fail('s3:PutObject', { code: 'AccessDenied', status: 403 }, 1);
      faults.deny('orphan-blob-gc coordinator', 's3:GetBucketVersioning');
    };
    const { status, report } = await watchingRequests(failing, () => coordinate(ground, { atOnce: 1 }));
    expect([status, report?.verdict, report?.because]).toEqual(['SUCCEEDED', 'findings', undefined]);
    expect(written).toBe(3);
    expect(candidates(ground).map(({ key }) => key)).toEqual(ORPHAN_KEYS);
  });
});
