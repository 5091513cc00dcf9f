/** What PostgreSQL said while a dump was restored, as findings: one for each class that matters. Pure. */
import type { ProblemClass } from '../restore/decide.ts';
import type { Finding } from '../runtime/report.ts';
import type { Found } from './memory.ts';
import type { Told } from './verified.ts';

/** What is harmless is counted in the detail. */
export function tellRestored({ counts, problems }: Found): Told[] {
  return (['corruption', 'hostile', 'environment'] as const).flatMap((kind) => {
    if (counts[kind] === 0) return [];
    const first = problems.find((problem) => problem.class === kind);
    const shown = first === undefined ? '' : `: ${first.what}, at ${first.at}: ${first.statement}`;
    const more = counts[kind] > 1 ? `${counts[kind]} statements` : 'one statement';
    return [
      { severity: SEVERITY[kind], thing: THING[kind], what: `${more} ${WHAT[kind]}${shown}`, remedy: REMEDY[kind] },
    ];
  });
}

/** Of a restore that took several invocations. */
export function together(before: Found | undefined, now: Found): Found {
  const problems = [...(before?.problems ?? []), ...now.problems];
  const kinds = Object.keys(now.counts) as ProblemClass[];
  return {
    counts: Object.fromEntries(
      kinds.map((kind) => [kind, (before?.counts[kind] ?? 0) + now.counts[kind]]),
    ) as Found['counts'],
    problems: kinds.flatMap((kind) => problems.find((problem) => problem.class === kind) ?? []),
  };
}

type Said = Exclude<ProblemClass, 'harmless'>;

const SEVERITY: Record<Said, Finding['severity']> = {
  corruption: 'critical',
  hostile: 'critical',
  environment: 'warning',
};

const THING: Record<Said, string> = {
  corruption: 'restore',
  hostile: 'restore, what it tried',
  environment: 'restore, this server',
};

const WHAT: Record<Said, string> = {
  corruption: 'of the dump could not be restored',
  hostile: 'of the dump asked for power that no restore needs, and was not given it',
  environment: 'of the dump could not be carried out by this server',
};

const REMEDY: Record<Said, string> = {
  corruption:
    'Restore it by hand and look at the statement. Until a new backup is verified, count on the last verified one.',
  hostile:
    'Find out who put it into the dump, or into the database that was dumped. Restore nothing from it as a superuser.',
  environment:
    'It says nothing of the backup: give the isolated PostgreSQL the version, extensions and settings that the source has.',
};
