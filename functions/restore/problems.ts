/** What went wrong in a restore: all of it counted, the first of each kind kept. */
import type { Statement } from '../dump/dump.ts';
import type { Complaint } from '../runtime/statements.ts';
import { conditionOf } from './conditions.ts';
import { type Circumstances, classify, makesRoom, type ProblemClass } from './decide.ts';
import { headOf, shownOf } from './head.ts';
import type { Withheld } from './withhold.ts';

/** No value of any row, and no secret, is ever in one. */
export type Problem = {
  class: ProblemClass;
  what: string;
  /** How the statement begins. */
  statement: string;
  /** Where it stands in the dump. */
  at: string;
  sqlState?: string;
};

/** A dump of a million bad rows must not become a report of a million lines. */
const KEPT_PER_CLASS = 25;

export type Problems = {
  complained(statement: Statement, complaint: Complaint): void;
  withheld(statement: Statement, withheld: Withheld): void;
  counts: Record<ProblemClass, number>;
  /** The first of each class. */
  kept: Problem[];
};

export function openProblems(known: Circumstances): Problems {
  const counts = { harmless: 0, environment: 0, corruption: 0, hostile: 0 };
  const kept: Problem[] = [];
  const circumstances = { ...known };
  const add = (problem: Problem) => {
    counts[problem.class] += 1;
    if (counts[problem.class] <= KEPT_PER_CLASS) kept.push(problem);
  };
  return {
    counts,
    kept,
    complained: ({ sql, at }, complaint) => {
      const { code } = complaint;
      const head = headOf(sql);
      const problem = classify({ code, head, sql }, circumstances);
      if (problem === 'environment' && makesRoom(head)) circumstances.isLacking = true;
      add({ class: problem, what: said(complaint), statement: shownOf(head), at, sqlState: code });
    },
    withheld: ({ sql, at }, { class: problem, what }) => add({ class: problem, what, statement: shownOf(sql), at }),
  };
}

/** As in `23505 unique violation at public.users (users_pkey)`; names only. */
function said({ code, schema, table, column, constraint }: Complaint): string {
  const where = [schema, table].filter((name) => name !== undefined).join('.');
  const what = constraint ?? column;
  return `${conditionOf(code)}${where ? ` at ${where}` : ''}${what === undefined ? '' : ` (${what})`}`;
}
