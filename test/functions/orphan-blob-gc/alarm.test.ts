import { describe, expect, it } from 'vitest';
import { candidates } from './ground.ts';
import { act, key, useSweeping } from './sweeping.ts';

const ground = useSweeping();

/** As EventBridge sends it for an alarm on S3’s own count of a bucket’s bytes. */
function changeTo(value: string, at = ground.aws.clock.now()) {
  const alarmName = 'Alexander-OrphanBlobGcStorage0A1B2C3D';
  const metric = {
    namespace: 'AWS/S3',
    name: 'BucketSizeBytes',
    dimensions: { BucketName: 'alexander-blobs', StorageType: 'StandardStorage' },
  };
  return {
    version: '0',
    id: '2dde0eb1-528b-d2d5-9ca6-6d590caf2329',
    'detail-type': 'CloudWatch Alarm State Change',
    source: 'aws.cloudwatch',
    account: '111122223333',
    time: at.toISOString().replace(/\.\d+/, ''),
    region: 'eu-central-1',
    resources: [`arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${alarmName}`],
    detail: {
      alarmName,
      configuration: {
        id: '',
        metrics: [
          {
            id: '3bfa85f3-471c-4d7e-9c4a-9b2e7d1e9d3f',
            metricStat: { metric, period: 86_400, stat: 'Maximum' },
            returnData: true,
          },
        ],
      },
      previousState: { value: 'OK', reason: 'Threshold Crossed', timestamp: '2026-03-01T00:05:00.000+0000' },
      state: {
        value,
        reason: 'Threshold Crossed: 1 datapoint [4.1E12] was greater than the threshold (4.0E12).',
        reasonData:
          '{"version":"1.0","statistic":"Maximum","period":86400,"recentDatapoints":[4.1E12],"threshold":4.0E12}',
        timestamp: at.toISOString().replace('Z', '+0000'),
      },
    },
  };
}

describe('the storage alarm', () => {
  it('starts a marking in enforce mode as well, whose report says what could be reclaimed; nothing is taken', async () => {
    await ground.plant([
      { content: 'needed', objectHours: 500, rowHours: 500, references: 1 },
      { content: 'orphan', objectHours: 500, rowHours: 500 },
    ]);
    const event = changeTo('ALARM');
    const report = await act(ground, { event });
    expect(report).toMatchObject({
      verdict: 'findings',
      trigger: { kind: 'alarm' },
      outcomes: [],
      detail: { objects: 2 },
    });
    expect(report.metrics).toMatchObject({ OrphanObjects: { value: 1 } });
    expect(candidates(ground).map((candidate) => candidate.key)).toEqual([key('orphan')]);
    expect(await act(ground, { event })).toMatchObject({
      verdict: 'skipped',
      because: expect.stringContaining('already handled'),
    });
  });

  it('does nothing when it goes back to OK, and is refused hours later', async () => {
    expect(await act(ground, { event: changeTo('OK') })).toMatchObject({ verdict: 'skipped' });
    const hoursAgo = new Date(ground.aws.clock.now().getTime() - 5 * 3_600_000);
    expect(await act(ground, { event: changeTo('ALARM', hoursAgo) })).toMatchObject({ verdict: 'refused' });
  });
});
