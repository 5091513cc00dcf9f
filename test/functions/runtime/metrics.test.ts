import { describe, expect, it } from 'vitest';
import { publish } from '../../../functions/runtime/metrics.ts';
import { linesOnStdout } from './stdout.ts';

describe('a metric', () => {
  it('is a line that CloudWatch reads, with two dimensions and no more', async () => {
    const lines = await linesOnStdout(async () =>
      publish(
        { system: 'Alexander', runbook: 'watch' },
        { HoursOverdue: { value: 1.5, unit: 'None' }, Examined: { value: 0, unit: 'Count' } },
      ),
    );
    const [line] = lines.map((text) => JSON.parse(text));
    expect(lines).toHaveLength(1);
    expect(line).toMatchObject({ System: 'Alexander', Runbook: 'watch', HoursOverdue: 1.5, Examined: 0 });
    expect(line._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'Nightshift',
        Dimensions: [['System', 'Runbook']],
        Metrics: [
          { Name: 'HoursOverdue', Unit: 'None' },
          { Name: 'Examined', Unit: 'Count' },
        ],
      },
    ]);
  });

  it('does not carry over what was published before', async () => {
    await linesOnStdout(async () => publish({ system: 'A', runbook: 'x' }, { Examined: { value: 1, unit: 'Count' } }));
    const [line = ''] = await linesOnStdout(async () =>
      publish({ system: 'A', runbook: 'y' }, { RunDuration: { value: 2, unit: 'Milliseconds' } }),
    );
    expect(JSON.parse(line)).not.toHaveProperty('Examined');
  });
});
