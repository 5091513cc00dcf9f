/** How many days are left, as metrics. Pure. */
import type { Metric } from '../runtime/report.ts';
import type { Databases } from './database-ca.ts';
import { daysBetween } from './ladder.ts';
import { isInUse, type Subject, subjectEnd } from './subjects.ts';

type Ends = { subjects: Subject[]; databases: Databases[]; metricPerCertificate: boolean; now: number };

/** The smallest number of days of all that is in use; none where nothing is, because no number would be true. */
export function expiryMetrics({ subjects, databases, metricPerCertificate, now }: Ends): Record<string, Metric> {
  const used = subjects
    .filter(isInUse)
    .map((subject) => ({ name: subject.facts.names[0] ?? '', until: subjectEnd(subject) }));
  const ends = [...used.map(({ until }) => until), ...databases.flatMap(databaseEnds)];
  if (ends.length === 0) return {};
  const all = days(
    ends.reduce((least, end) => Math.min(least, end)),
    now,
  );
  return { DaysToExpiry: all, ...(metricPerCertificate && perName(used, now)) };
}

function databaseEnds({ instances, authorities }: Databases): number[] {
  return instances.flatMap(({ ca, serverUntil }) => {
    const caUntil = authorities.find(({ id }) => id === ca)?.until;
    return [caUntil, serverUntil].filter((end) => end !== undefined);
  });
}

/** CloudWatch takes 255 printable ASCII characters, and a name is whatever somebody wrote into a certificate. */
const MOST_CHARACTERS = 200;

/** Two certificates of one name, such as an old one on a stale address, are one metric: the smaller. */
function perName(used: { name: string; until: number }[], now: number): Record<string, Metric> {
  const ends = new Map<string, number>();
  for (const { name, until } of used) {
    const metric = `DaysToExpiry ${name.replaceAll(/[^\x21-\x7E]/g, '?').slice(0, MOST_CHARACTERS)}`;
    ends.set(metric, Math.min(until, ends.get(metric) ?? until));
  }
  return Object.fromEntries([...ends].map(([metric, until]) => [metric, days(until, now)]));
}

function days(until: number, now: number): Metric {
  return { value: daysBetween(now, until), unit: 'None' };
}
