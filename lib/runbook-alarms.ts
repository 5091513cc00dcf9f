/** The alarms that page for one runbook, each saying what goes wrong meanwhile and where to read on. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Shared } from './shared.ts';

type Page = {
  shared: Shared;
  /** First line of the alarm: what has happened. */
  what: string;
  /** What goes wrong, and for whom, until somebody acts. */
  failureImpact: string;
  /** The deployment that it is about. */
  runbook: string;
  /** Its folder under `functions/`; the README that says what to do is in the uppermost. */
  folder: string;
};

type Watch = {
  metric: cloudwatch.IMetric;
  /** Rings above this value, or below `1` for a count that should be there. */
  when: 'above 0' | 'below 1';
  missingData: cloudwatch.TreatMissingData;
  evaluationPeriods?: number;
};

/** An alarm on one of Nightshift's own or AWS's metrics, to the page topic. */
export function pageWhen(scope: Construct, id: string, page: Page, watch: Watch): cloudwatch.Alarm {
  const above = watch.when === 'above 0';
  const alarm = new cloudwatch.Alarm(scope, id, {
    metric: watch.metric,
    threshold: above ? 0 : 1,
    comparisonOperator: above
      ? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
      : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: watch.evaluationPeriods ?? 1,
    treatMissingData: watch.missingData,
    alarmDescription: describe(page),
  });
  alarm.addAlarmAction(new SnsAction(page.shared.page.topic));
  return alarm;
}

function describe({ shared, what, failureImpact, folder }: Page): string {
  const { name, repositoryUrl } = shared.system;
  const readme = `${repositoryUrl ? `${repositoryUrl.replace(/\/$/, '')}/` : ''}functions/${folder.replace(/\/.*$/, '')}/README.md`;
  return `${name}: ${what}. Until this is mended, ${failureImpact}. What to do: ${readme}`;
}

const BROKEN_EXECUTIONS = {
  DurableExecutionFailed: 'an execution failed or refused to run',
  DurableExecutionTimedOut: 'an execution took too long and was ended',
  DurableExecutionStopped: 'an execution was stopped',
};

/** A durable execution that ends badly is no error of Lambda's: each way has a metric of its own. */
export function pageOnBrokenExecutions(scope: Construct, of: lambda.IFunction, page: (what: string) => Page): void {
  for (const [metricName, what] of Object.entries(BROKEN_EXECUTIONS)) {
    pageWhen(scope, metricName, page(what), {
      metric: of.metric(metricName, { statistic: cloudwatch.Stats.SUM }),
      when: 'above 0',
      missingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}

/** A metric that a runbook publishes for itself, or `watch` for it. */
export function runbookMetric(
  { shared, runbook }: Pick<Page, 'shared' | 'runbook'>,
  name: string,
  props: Partial<cloudwatch.MetricProps>,
) {
  return new cloudwatch.Metric({
    namespace: 'Nightshift',
    metricName: name,
    dimensionsMap: { System: shared.system.name, Runbook: runbook },
    period: Duration.minutes(5),
    statistic: cloudwatch.Stats.MAXIMUM,
    ...props,
  });
}
