import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../functions/runtime/report.ts';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate({ withListeners: true });
});
afterAll(() => estate.stop());

const findingOf = (report: Report, target: RegExp) => report.findings.find((finding) => target.test(finding.target));

describe('a night of the whole estate', () => {
  let inside: Report;
  beforeAll(async () => {
    inside = await call(estate, { runbook: 'certificate-check-private' });
  });

  it('looks at what settings name and at what the list in S3 names', () => {
    expect(inside.verdict).toBe('findings');
    const addresses = (estate.listeners?.listeners.length ?? 0) + 1;
    expect(inside.detail).toMatchObject({ addresses });
  });

  it('is content with the certificate of the estate’s own PostgreSQL, whose authority is in a secret', () => {
    expect(findingOf(inside, new RegExp(`:${estate.postgres.port}|^localhost`))).toBeUndefined();
    expect(JSON.stringify(inside.detail)).toContain(`:${estate.postgres.port}`);
  });

  it('says that a database is still on the old CA, and that its clients do not trust the next', () => {
    expect(findingOf(inside, /^alexander \(RDS/)?.what).toContain('is still on rds-ca-2019');
    expect(findingOf(inside, /^trust bundle \(RDS/)?.remedy).toContain('bundle');
  });

  it('measures the certificate that is the first to end', () => {
    expect(inside.metrics.DaysToExpiry?.value).toBeLessThan(1);
  });

  it('F87 tells nobody again the next night', async () => {
    const told = estate.aws.published().length;
    expect(told).toBeGreaterThan(0);
    const again = await call(estate, { runbook: 'certificate-check-private' });
    expect(again.findings.map(({ target }) => target)).toEqual(inside.findings.map(({ target }) => target));
    expect(estate.aws.published()).toHaveLength(told);
  });
});

describe('the check from outside', () => {
  it('keeps its evidence apart, and finds nothing where all is in order', async () => {
    const outside = await call(estate, { runbook: 'certificate-check-public' });
    expect(outside).toMatchObject({ runbook: 'certificate-check-public', verdict: 'clean' });
    const keys = estate.aws.objects('alexander-evidence').map(({ key }) => key);
    expect(keys.filter((key) => key.startsWith('state/certificate-check-public/'))).not.toEqual([]);
  });

  it('F87 announces by a memory of its own: what the other placement has told is new from here', async () => {
    const told = estate.aws.published().length;
    const { endpoints } = estate.settingsOf('certificate-check-private').settings as { endpoints: object[] };
    const report = await call(estate, {
      runbook: 'certificate-check-public',
      edit: ({ settings }) => Object.assign(settings, { endpoints }),
    });
    expect(report.verdict).toBe('findings');
    const topics = estate.aws
      .published()
      .slice(told)
      .map(({ topicArn }) => topicArn.split(':').at(-1));
    expect(topics.toSorted()).toEqual(['alexander-notify', 'alexander-page']);
  });
});
