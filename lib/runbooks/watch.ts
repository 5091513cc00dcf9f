/** Notices silence: a runbook that no longer runs raises no error, so nothing else would ring. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import * as contract from '../../functions/watch/contract.ts';
import { pageWhen, runbookMetric } from '../runbook-alarms.ts';
import { RunbookFunction } from '../runbook-function.ts';
import type { Shared } from '../shared.ts';

/** Longer than a day by enough for a late start, and far below the seven days that an alarm can look back. */
const SILENT_AFTER_HOURS = 30;

export class Watch extends Construct {
  readonly runbook: RunbookFunction<typeof contract.Settings>;
  /** Rings when the watcher itself is silent. To be made after the watcher's first run, or it rings before it. */
  readonly silence: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, { shared, watched }: { shared: Shared; watched: RunbookFunction[] }) {
    super(scope, id);
    const scheduled = watched.flatMap(({ name, schedules }) =>
      schedules.map(({ everyHours, own }) => ({ runbook: name, everyHours, ...own })),
    );
    this.runbook = new RunbookFunction(this, 'Runbook', {
      shared,
      name: 'watch',
      contract,
      settings: { watched: scheduled },
      mode: 'report',
      timeout: Duration.minutes(5),
      failureImpact: 'a runbook that stops running goes unnoticed',
      network: 'none',
    });

    const { permissions } = this.runbook.function;
    shared.evidence.admitReader(
      permissions,
      'reports/*',
      'reads when each runbook, whatever its name, last had a verified run',
    );
    shared.evidence.admitLister(permissions, 'reports/*');
    const topics = [shared.page, shared.notify].map(({ topic }) => topic.topicArn);
    this.runbook.may(['sns:ListSubscriptionsByTopic'], topics, 'reports subscriptions that nobody confirmed');

    this.runbook.runsOn('Daily', { schedule: 'cron(0 7 * * ? *)', everyHours: 24 }, {});

    for (const one of scheduled) pageWhenOverdue(this, shared, contract.nameOf(one));
    this.silence = pageWhenSilent(this, shared);
  }
}

function pageWhenOverdue(scope: Construct, shared: Shared, name: string): void {
  const failureImpact = 'it does nothing, and no error says so';
  pageWhen(
    scope,
    `Overdue-${name}`,
    { shared, runbook: name, folder: 'watch', what: `${name} has had no verified run for too long`, failureImpact },
    {
      metric: runbookMetric({ shared, runbook: name }, 'HoursOverdue', { period: Duration.hours(1) }),
      when: 'above 0',
      missingData: cloudwatch.TreatMissingData.IGNORE,
    },
  );
}

/** Counts a metric that each run publishes the way that `HoursOverdue` is published, so a fault on that way is seen too. */
function pageWhenSilent(scope: Construct, shared: Shared): cloudwatch.Alarm {
  const failureImpact = 'a runbook that stops running goes unnoticed';
  return pageWhen(
    scope,
    'Silent',
    { shared, runbook: 'watch', folder: 'watch', what: 'watch itself is silent', failureImpact },
    {
      metric: runbookMetric({ shared, runbook: 'watch' }, 'RunDuration', {
        period: Duration.hours(1),
        statistic: cloudwatch.Stats.SAMPLE_COUNT,
      }),
      when: 'below 1',
      missingData: cloudwatch.TreatMissingData.BREACHING,
      evaluationPeriods: SILENT_AFTER_HOURS,
    },
  );
}
