import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../functions/runtime/report.ts';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';

const HOUR_MS = 3_600_000;

const scheduledAt = (at: Date) => ({
  trigger: 'schedule',
  scheduleArn: 'arn:aws:scheduler:eu-central-1:111122223333:schedule/default/Weekly',
  scheduledAt: at.toISOString(),
  input: {},
});

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate.stop());

/** What the access review of one run says of each key. */
function reviewOf({ detail }: Report): string[] {
  const { review } = detail as { review: string };
  const object = estate.aws.objects('alexander-evidence').find(({ key }) => key === review);
  const lines = gunzipSync(object?.body ?? '')
    .toString()
    .trimEnd()
    .split('\r\n');
  return lines.map((line) => `${line.split(',')[0]} ${line.split(',').at(-1)}`);
}

/** The whole course on an account that is so far ahead of this machine and its database. */
async function courseWith(hours: number) {
  const { clock } = estate.aws;
  clock.advance(hours * HOUR_MS);
  const inTime = await call(estate, { event: scheduledAt(clock.now()) });
  const late = await call(estate, { event: scheduledAt(new Date(clock.now().getTime() - 3 * HOUR_MS)) });
  const typed = await call(estate);
  clock.advance(-hours * HOUR_MS);
  return {
    verdicts: [inTime, late, typed].map(({ verdict }) => verdict),
    because: late.because,
    review: reviewOf(inTime),
  };
}

describe('F18 clocks that disagree by two hours', () => {
  it('change neither what is said of a key, nor which event is too late', async () => {
    const usual = await courseWith(0);
    expect(usual.verdicts).toEqual(['findings', 'refused', 'findings']);
    expect(usual.review).toHaveLength(1 + estate.planted.length);
    for (const hours of [2, -2]) {
      const { verdicts, because, review } = await courseWith(hours);
      expect(verdicts).toEqual(usual.verdicts);
      expect(because).toContain('180 minutes old');
      expect(review).toEqual(usual.review);
    }
  });
});
