/** Says whether a restored database is what it should be. Shared by whatever restores one. */
import type { Deadline } from '../runtime/deadline.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Finding } from '../runtime/report.ts';
import { type Expected, judge } from './decide.ts';
import { look } from './look.ts';
import type { Rows } from './rows.ts';

type Checking = Expected & { from: 'dump' | 'files'; deadline: Deadline };

export type Checked = {
  findings: Finding[];
  /** Every table as it is now: to be remembered where this is the run that verified it. */
  tables: Rows[];
  /** How many tables, keys, assertions and columns were looked at. */
  examined: number;
};

/**
 * @param session a new one: statements of a dump may have changed what names and times mean in theirs
 * @throws RefusalError when the connection is lost
 */
export async function checkRestored(session: Session, { from, deadline, ...expected }: Checking): Promise<Checked> {
  const facts = await look({ session, deadline, from, checks: expected.checks });
  const { tables, foreignKeys, assertions, newest } = facts;
  return {
    findings: judge(facts, expected),
    tables: tables.flatMap(({ schema, table, rows }) => (typeof rows === 'number' ? [{ schema, table, rows }] : [])),
    examined: tables.length + foreignKeys.length + assertions.length + newest.length,
  };
}
