import { describe, expect, it } from 'vitest';
import { act, actAs, key, useSweeping } from './sweeping.ts';

const ground = useSweeping();

describe('F62 a referenced row without its object', () => {
  it.each([
    ['delete markers', 'orphan-blob-gc enforce', { kind: 'delete-marker' }],
    ['copies', 'orphan-blob-gc copying', { kind: 'prefix', prefix: 'quarantine/' }],
  ])('is told to the page topic where quarantine is done by %s', async (_how, caller, quarantine) => {
    await ground.plant([{ content: 'lost', rowHours: 100, references: 1 }]);
    actAs(ground, caller);
    const edit = (settings: Record<string, unknown>) => Object.assign(settings, { quarantine });
    const report = await act(ground, { event: { phase: 'mark' }, edit });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ severity: 'critical', target: expect.stringContaining(key('lost')) }),
    );
    const paged = ground.aws.published().filter(({ topicArn }) => topicArn.endsWith(':alexander-page'));
    expect(paged.some(({ message }) => message.includes(key('lost')))).toBe(true);
  });
});
