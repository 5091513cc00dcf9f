import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CrashPoint, crashPoints, mayChange } from '../crash.ts';
import { deploymentOf, environmentOf, lastReport, passwordless, SOURCE, useAccount } from './ground.ts';
import { type Killable, killables } from './killable.ts';

const ground = useAccount();
const HOUR_MS = 3_600_000;
/** Beyond every lease, and beyond the age at which a copy counts as left behind. */
const LATER_MS = 13 * HOUR_MS;

let threads: ReturnType<typeof killables>;
beforeAll(() => {
  threads = killables(deploymentOf(ground), environmentOf(ground.aws));
});
afterAll(() => threads?.remove());

/** Leaves everything as a sandbox that is gone leaves it. */
async function crashAt(thread: Killable, { nth, when }: CrashPoint): Promise<void> {
  const { faults } = ground.aws;
  faults.clear();
  faults.crash({ call: nth, when: when === 'never sent' ? 'before' : 'after' }, () => thread.kill());
  await thread.run({});
  faults.clear();
}

/** What is being deleted is gone for good; RDS takes its time. */
const copies = () =>
  ground.aws.dbInstances().filter(({ identifier, status }) => identifier !== SOURCE && status !== 'deleting');

describe('F14 killed at any request to AWS', () => {
  it('a drill leaves nothing after the next one but production as it was', { timeout: 600_000 }, async () => {
    const { faults, clock } = ground.aws;
    faults.clear();
    await threads.make().run({});
    const calls = faults.calls();
    const requests = ground.aws.requests().slice(-calls);
    expect([copies(), lastReport(ground)?.verdict]).toEqual([[], 'clean']);
    const points = crashPoints(
      requests.map((request, index) => ({
        kind: 'aws',
        nth: index + 1,
        otherBefore: 0,
        text: request.operation,
        changes: mayChange(request),
      })),
    );
    let leftBehind = 0;
    let thread = threads.make();
    for (const point of points) {
      const next = threads.make();
      await crashAt(thread, point);
      thread = threads.make();
      leftBehind += copies().length;
      clock.advance(LATER_MS);
      await next.run({});
      clock.advance(-LATER_MS);
      expect([point, copies()]).toEqual([point, []]);
      expect([point, lastReport(ground)?.verdict]).toEqual([point, expect.stringMatching(/^(clean|acted)$/)]);
      expect(ground.aws.dbInstances()).toContainEqual({ identifier: SOURCE, status: 'available', asked: undefined });
    }
    thread.kill();
    process.stdout.write(
      `F14 crash matrix of a drill: ${calls} calls, ${points.length} crashes, ${leftBehind} copies left behind\n`,
    );
    expect(calls).toBeGreaterThan(20);
    // A matrix in which nothing is ever left behind would prove nothing about the sweep.
    expect(leftBehind).toBeGreaterThan(5);
    expect(passwordless(ground)).toEqual([]);
  });
});
