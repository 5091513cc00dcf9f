/** Asks a restored database one question, in a transaction that can change nothing and is undone. */
import type { Deadline } from '../runtime/deadline.ts';
import type { Session } from '../runtime/postgres.ts';

export type Restored = { session: Session; deadline: Deadline };

/** Why there is no answer: PostgreSQL's code. */
export type Unanswered = { unanswered: string };

export type Row = (string | null)[];

/**
 * The question is one statement by PostgreSQL's own reading, so it cannot end the transaction, or make it one that writes, and do
 * something after it.
 * @throws RefusalError when the connection is lost
 */
export async function ask(
  { session, deadline }: Restored,
  question: string,
  limitMs?: number,
): Promise<Row[] | Unanswered> {
  const timeoutMs = Math.max(1, Math.min(limitMs ?? Number.POSITIVE_INFINITY, deadline.workMs()));
  const { complaint } = await session.run(
    `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${Math.ceil(timeoutMs)}`,
  );
  if (complaint) return { unanswered: complaint.code };
  const answer = await session.ask(question);
  await session.run('ROLLBACK');
  return 'rows' in answer ? answer.rows : { unanswered: answer.complaint.code };
}
