/** read → decide, for the silence of the others. It changes nothing but its own memory of when it first saw them. */
import { findAll } from '../runtime/findings.ts';
import type { Invocation, Result } from '../runtime/invocation.ts';
import { publish } from '../runtime/metrics.ts';
import type { Finding } from '../runtime/report.ts';
import { type Input, nameOf, type Settings } from './contract.ts';
import { hoursOverdue, overdueFinding, topicFinding } from './decide.ts';
import { rememberFirstSeen } from './first-seen.ts';
import { lastVerifiedRun } from './last-run.ts';
import { countSubscriptions } from './topics.ts';

type Watch = Invocation<Settings, Input>;
type Looked = { target: string; finding: Finding | undefined };

export async function run(watch: Watch): Promise<Result> {
  const looked = [...(await lookAtRunbooks(watch)), ...(await lookAtTopics(watch))];
  const list = looked.flatMap(({ finding }) => finding ?? []);
  const found = await findAll(await watch.openFindings(), list, watch.evidenceKey('findings.jsonl.gz'));
  return { examined: looked.length, found, outcomes: [], settled: true };
}

async function lookAtRunbooks(watch: Watch): Promise<Looked[]> {
  const { store, settings, system, now } = watch;
  const firstSeen = await rememberFirstSeen(watch);
  const looked: Looked[] = [];
  for (const watched of settings.watched) {
    const name = nameOf(watched);
    const last = { verifiedAt: await lastVerifiedRun(store, watched), firstSeenAt: firstSeen(name) };
    const overdue = hoursOverdue(watched, last, now);
    // Its own dimension: an alarm for each that is waited for, whoever publishes.
    publish({ system, runbook: name }, { HoursOverdue: { value: overdue, unit: 'None' } });
    looked.push({ target: name, finding: overdueFinding(name, last, overdue) });
  }
  return looked;
}

async function lookAtTopics({ topicArns }: Watch): Promise<Looked[]> {
  const looked: Looked[] = [];
  for (const target of new Set(Object.values(topicArns))) {
    const { confirmed, pending } = await countSubscriptions(target);
    looked.push({ target, finding: topicFinding(target, confirmed, pending) });
  }
  return looked;
}
