/** Everything that was looked at, as targets with what is wrong with each. Pure. */
import { judgeBundle, judgeInstance } from './database-ca.ts';
import { judgeEndpoint } from './decide-endpoint.ts';
import { targetOf } from './endpoint.ts';
import type { Sighting } from './look.ts';
import { merged, type Problem } from './problem.ts';
import type { Known } from './read.ts';
import { problemsOf, type Subject } from './subjects.ts';

/** `problems` is empty where nothing is wrong. */
export type Judged = { target: string; problems: Problem[] };

type Frame = {
  known: Pick<Known, 'issued' | 'databases' | 'bundle'>;
  sightings: Sighting[];
  subjects: Subject[];
  ladderDays: number[];
  /** Milliseconds since 1970. */
  now: number;
};

export function judgeAll(frame: Frame): Judged[] {
  const { subjects } = frame;
  const certificates = subjects.map((subject) => ({ target: subject.target, problems: problemsOf(subject, frame) }));
  return [...certificates, ...judgeEndpoints(frame), ...judgeDatabases(frame), ...judgeBundles(frame)];
}

function judgeEndpoints({ sightings, known, now }: Frame): Judged[] {
  const issued = new Map(known.issued.map((one) => [one.arn, one]));
  const byTarget = Map.groupBy(sightings, ({ endpoint }) => targetOf(endpoint));
  return [...byTarget].map(([target, own]) => ({ target, problems: merged(judgeEndpoint(own, issued, now)) }));
}

function judgeDatabases({ known, sightings, ladderDays, now }: Frame): Judged[] {
  const served = new Set(
    sightings.flatMap(({ endpoint, seen }) => (seen.kind === 'served' ? [`${endpoint.host}:${endpoint.port}`] : [])),
  );
  return known.databases.flatMap((region) =>
    region.instances.map((instance) => {
      const isServed = instance.endpoint !== undefined && served.has(instance.endpoint);
      const problems = judgeInstance(instance, region, { now, ladderDays, isServed });
      return { target: `${instance.id} (RDS, ${instance.region})`, problems: merged(problems) };
    }),
  );
}

function judgeBundles({ known: { databases, bundle } }: Frame): Judged[] {
  if (bundle === undefined) return [];
  return databases.map((region) => {
    return { target: `trust bundle (RDS, ${region.region})`, problems: merged(judgeBundle(region, bundle)) };
  });
}
