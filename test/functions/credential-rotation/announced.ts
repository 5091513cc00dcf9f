/** What every kind says to people, in either mode: a secret that is overdue to one topic, one that stands half-way to the other. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Estate } from '../../../local/estate.ts';
import { call, type Rotated } from './ground.ts';

const DAYS_MS = 40 * 86_400_000;

/** @param secretArn a secret that has just been planted; it is not what it was afterwards */
export async function expectAnnounced(estate: Estate, rotated: Rotated, secretArn: string): Promise<void> {
  estate.aws.fillVersion(secretArn, { id: randomUUID(), value: '{}', stages: ['AWSPENDING'] });
  estate.aws.clock.advance(DAYS_MS);
  try {
    for (const mode of ['report', 'enforce'] as const) {
      const before = estate.aws.published().length;
      for (const { key } of estate.aws.objects('alexander-evidence'))
        estate.aws.eraseVersions('alexander-evidence', key);
      // A run that only looks leaves what stands half-way for the next one to tell of as well.
      const report = await call(estate, rotated, { mode, event: { mode: 'report' } });
      expect(report.findings.map(({ target }) => target.replace(/^.* \(/, '('))).toEqual(
        expect.arrayContaining(['(overdue)', '(stuck)']),
      );
      const topics = estate.aws
        .published()
        .slice(before)
        .map(({ topicArn }) => topicArn.replace(/^.*-/, ''));
      expect(topics.sort()).toEqual(['notify', 'page']);
    }
  } finally {
    estate.aws.clock.advance(-DAYS_MS);
  }
}
