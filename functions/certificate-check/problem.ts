/** Something that is wrong, and how all that is wrong with one target becomes one finding. Pure. */
import type { Severity } from '../runtime/contract.ts';
import type { Finding } from '../runtime/report.ts';
import { KINDS, type OnLadder, type ProblemKind } from './kinds.ts';
import type { Rung } from './ladder.ts';

/** `step` grows as the same problem worsens. */
export type Problem = { kind: ProblemKind; severity: Severity; step: number; what: string; at: string[] };

/** @param what a part of a sentence, without a full stop; @param at where it is so, such as `host:port at address` */
export function problem(kind: Exclude<ProblemKind, OnLadder>, what: string, at: string[] = []): Problem {
  return { kind, severity: KINDS[kind].severity, step: 0, what, at };
}

export function problemOnLadder(kind: OnLadder, { severity, step }: Rung, what: string, at: string[] = []): Problem {
  return { kind, severity, step, what, at };
}

const SEVERITIES: Severity[] = ['info', 'warning', 'critical'];
const ORDER = Object.keys(KINDS);
const PLACES_SHOWN = 5;

/** Places that say the same of one certificate are one problem of it; of two steps the worse is said. */
export function merged(problems: Problem[]): Problem[] {
  const groups = Map.groupBy(problems, ({ kind, what }) => `${kind} ${what}`).values();
  const once = [...groups].map((same) => ({ ...worstOf(same), at: [...new Set(same.flatMap(({ at }) => at))] }));
  return once.sort((a, b) => weightOf(b) - weightOf(a) || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

function worstOf([first, ...rest]: Problem[]): Problem {
  return rest.reduce((worst, next) => (weightOf(next) > weightOf(worst) ? next : worst), first as Problem);
}

const weightOf = ({ severity, step }: Problem) => SEVERITIES.indexOf(severity) * 100 + step;

/** What the last run remembered of the same target. */
type Known = { rank: number; memo?: string } | undefined;

export type Told = { finding: Finding; rank: number; memo: string };

/**
 * One finding for one target, however much is wrong with it. It ranks above what was known if anything is new or a step worse, so
 * that it is announced again for that, and for nothing else (F87).
 * @param problems not empty, as `merged` gives them
 */
export function told(target: string, problems: Problem[], known: Known): Told {
  const [worst] = problems as [Problem, ...Problem[]];
  const remedies = [...new Set(problems.map(({ kind }) => KINDS[kind].remedy))];
  const finding = {
    severity: worst.severity,
    target,
    what: problems.map(sentence).join('; '),
    remedy: remedies.join(' '),
  };
  const rank = weightOf(worst) + 1;
  return {
    finding,
    rank: isNews(problems, known) ? Math.max(rank, (known?.rank ?? 0) + 1) : rank,
    memo: memoOf(problems),
  };
}

function sentence({ what, at }: Problem): string {
  if (at.length === 0) return what;
  const more = at.length > PLACES_SHOWN ? ` and ${at.length - PLACES_SHOWN} more` : '';
  return `${what} (${at.slice(0, PLACES_SHOWN).join(', ')}${more})`;
}

function isNews(problems: Problem[], known: Known): boolean {
  const before = new Map(Object.entries(JSON.parse(known?.memo ?? '{}') as Record<string, number>));
  return problems.some(({ kind, step }) => step > (before.get(kind) ?? -1));
}

/** Each kind with its highest step. */
function memoOf(problems: Problem[]): string {
  const steps: Record<string, number> = {};
  for (const { kind, step } of problems) steps[kind] = Math.max(step, steps[kind] ?? 0);
  return JSON.stringify(steps);
}
