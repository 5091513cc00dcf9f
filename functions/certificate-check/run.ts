/** read → decide, for every certificate that a system depends on. It changes nothing, in either mode. */
import type { Severity } from '../runtime/contract.ts';
import type { Found } from '../runtime/findings.ts';
import type { Invocation, Result } from '../runtime/invocation.ts';
import { compareBytes } from '../runtime/order.ts';
import { openCertificates } from './certificates.ts';
import type { Input, Settings } from './contract.ts';
import { detailOf } from './detail.ts';
import { expiryMetrics } from './expiry-metrics.ts';
import { type Judged, judgeAll } from './judged.ts';
import { look } from './look.ts';
import { told } from './problem.ts';
import { readKnown } from './read.ts';
import { subjectsOf } from './subjects.ts';

type Check = Invocation<Settings, Input>;

/** @throws RefusalError when the list, a trust, ACM or RDS cannot be read: a part of the certificates is not all of them */
export async function run(check: Check): Promise<Result> {
  const { settings, deadline, store, evidenceKey } = check;
  const { ladderDays, metricPerCertificate } = settings;
  const now = check.now.getTime();
  const certificates = openCertificates();
  const known = await readKnown(settings, certificates);
  const sightings = await look(known.endpoints, { settings, certificates, deadline });
  const subjects = subjectsOf({ ...known, sightings, certificates, ladderDays, now });
  const judged = judgeAll({ known, sightings, subjects, ladderDays, now });
  const storedAt = evidenceKey('certificates.jsonl');
  const severityOf = severitiesOf(judged);
  const { detail, lines } = detailOf({ ...known, subjects, sightings, severityOf, ladderDays, now, storedAt });
  await store.create(storedAt, lines);
  const left = sightings.filter(({ seen }) => seen.kind === 'out of time').length;
  if (left > 0) return outOfTime(left, detail);
  return {
    examined: judged.length,
    found: await find(check, judged),
    outcomes: [],
    metrics: expiryMetrics({ ...known, subjects, metricPerCertificate, now }),
    detail,
    settled: true,
  };
}

/** The worst comes first. */
function severitiesOf(judged: Judged[]): (target: string) => Severity | undefined {
  const severities = new Map(judged.map(({ target, problems }) => [target, problems[0]?.severity]));
  return (target) => severities.get(target);
}

async function find(check: Check, judged: Judged[]): Promise<Found> {
  const findings = await check.openFindings();
  for (const { target, problems } of judged.toSorted((a, b) => compareBytes(a.target, b.target))) {
    await findings.ready(target);
    findings.look(target, problems.length > 0 ? told(target, problems, findings.before(target)) : {});
  }
  return findings.finish(check.evidenceKey('findings.jsonl.gz'));
}

/** What was found before stays as it was: to compare it with a part of this night's would say that the rest has cleared. */
function outOfTime(left: number, detail: unknown): Result {
  const because = `Time ran out with ${left} addresses not looked at. Raise concurrency, lower timeoutMs, or check fewer endpoints in one deployment.`;
  return { examined: 0, outcomes: [], detail, ending: { verdict: 'failed', because }, settled: true };
}
