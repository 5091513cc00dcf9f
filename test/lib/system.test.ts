import { describe, expect, it } from 'vitest';
import { checked, SettingsError } from '../../lib/checked.ts';
import { System } from '../../lib/system.ts';
import alexander from '../../systems/alexander.ts';
import { audit, enforcing, withAudit } from './synthesized.ts';

/** The lines of the error that `system` is refused with; none when it is accepted. */
function errorsOf(system: unknown): string[] {
  try {
    checked(System, system, 'systems/mine.ts');
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.message.split('\n').slice(1);
  }
}

describe('a file in systems/', () => {
  it('tells all that is wrong with it at once, each with its path, what it got and what is allowed', () => {
    const errors = errorsOf({
      ...alexander,
      account: 111122223333,
      region: 'Frankfurt',
      timeZone: 'Europe/Bärlin',
      vpc: { ...alexander.vpc, privateSubnetIds: ['subnet-0a1b2c3d4e5f60718'] },
      topics: { page: {}, notify: { emails: ['nobody'] } },
      runbooks: { 'inactive-key-audit': { ...audit, schedule: 'every monday' } },
    });
    const paths = [
      'account',
      'region',
      'timeZone',
      'vpc.privateSubnetIds',
      'topics.page',
      'topics.notify.emails',
      'runbooks.inactive-key-audit.schedule',
    ];
    for (const path of paths)
      expect(
        errors.filter((line) => line.includes(path)),
        path,
      ).toHaveLength(1);
    expect(errors.join('\n')).toContain('eu-central-1');
    expect(errors.join('\n')).toContain('"Frankfurt"');
    expect(errors).toHaveLength(paths.length);
  });

  it('F13 has no default for what a run destroys by, or for whom it tells', () => {
    const { policy, ...settings } = audit.settings;
    expect(errorsOf(withAudit({ settings: settings as never })).join()).toContain('settings.policy');
    const { topics, ...silent } = alexander;
    expect(errorsOf(silent).join()).toContain('topics');
  });

  it('F13 only reports unless it says otherwise', () => {
    const { mode, ...rest } = audit;
    const system = checked(System, { ...alexander, runbooks: { 'inactive-key-audit': rest } }, 'a system');
    expect(system.runbooks['inactive-key-audit']?.mode).toBe('report');
  });

  it('F13 needs the actor’s secret before it may enforce', () => {
    expect(errorsOf(withAudit({ mode: 'enforce' })).join()).toContain('settings.database.actor');
    expect(errorsOf(enforcing())).toEqual([]);
  });

  it('says how often a run is due where its schedule does not', () => {
    const schedule = 'cron(0 3 L * ? *)';
    expect(errorsOf(withAudit({ schedule })).join()).toContain('everyHours');
    expect(errorsOf(withAudit({ schedule, everyHours: 31 * 24 }))).toEqual([]);
  });

  it.each([
    ['a name that CloudFormation refuses', { name: 'alexander storage' }, 'name'],
    ['a field that does not exist', { topic: {} }, 'topic'],
    ['a runbook that does not exist', { runbooks: { 'inactive-key-audits': {} } }, 'inactive-key-audits'],
    [
      'a topic both new and old',
      {
        topics: {
          ...alexander.topics,
          page: { emails: ['a@example.com'], topicArn: 'arn:aws:sns:eu-central-1:111122223333:page' },
        },
      },
      'topics.page',
    ],
    [
      'a key for a topic of this stack',
      {
        topics: {
          ...alexander.topics,
          page: { emails: ['a@example.com'], kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/k' },
        },
      },
      'topics.page.kmsKeyArn',
    ],
    [
      'a queue where a topic belongs',
      { topics: { ...alexander.topics, page: { topicArn: 'arn:aws:sqs:eu-central-1:111122223333:page' } } },
      'topics.page.topicArn',
    ],
    ['no default export', undefined, ''],
  ])('is refused for %s', (_what, change, path) => {
    const errors = errorsOf(change && { ...alexander, ...change });
    expect(errors.filter((line) => line.includes(path))).toHaveLength(1);
  });
});
