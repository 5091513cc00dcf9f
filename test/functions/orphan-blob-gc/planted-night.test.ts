import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate({ withBlobs: true });
});
afterAll(() => estate?.stop());

describe('the planted night', () => {
  it('finds what nothing references and what is lost, with the example’s settings and the README’s grants', async () => {
    const report = await call(estate, { runbook: 'orphan-blob-gc', event: { phase: 'mark' } });
    expect([report.verdict, report.because]).toEqual(['findings', undefined]);
    expect(report.metrics).toMatchObject({ OrphanObjects: { value: 19 }, LostBlobs: { value: 1 } });
    expect(report.findings[0]).toMatchObject({
      severity: 'critical',
      what: expect.stringContaining('possible data loss'),
    });
  });

  it('takes nothing of it in enforce mode until it has waited', async () => {
    const before = estate.aws.objects('alexander-blobs').length;
    const report = await call(estate, { runbook: 'orphan-blob-gc', mode: 'enforce', event: { phase: 'sweep' } });
    expect([report.verdict, report.because]).toEqual(['clean', undefined]);
    expect(estate.aws.objects('alexander-blobs')).toHaveLength(before);
  });
});
