/** What a run measures, in CloudWatch's embedded metric format on standard output. */
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Metric } from './report.ts';

export const NAMESPACE = 'Nightshift';

type Unit = Parameters<Metrics['addMetric']>[1];

/** Each metric costs money for every combination of dimension values, so there are two dimensions and no more. */
export function publish(of: { system: string; runbook: string }, values: Record<string, Metric>): void {
  const metrics = new Metrics({ namespace: NAMESPACE });
  // Powertools would add a dimension of its own, `service`.
  metrics.clearDefaultDimensions();
  metrics.addDimension('System', of.system);
  metrics.addDimension('Runbook', of.runbook);
  for (const [name, { value, unit }] of Object.entries(values)) metrics.addMetric(name, unit as Unit, value);
  metrics.publishStoredMetrics();
}
