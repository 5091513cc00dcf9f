/**
 * Many statements in one message, which is one transaction: a round trip and a commit for each would be most of the time that a dump
 * of INSERTs takes. Where one fails, all are undone; then those before it are sent again, it alone, and those after it.
 */
import type { Session } from '../runtime/postgres.ts';
import type { Complaint, Ran } from '../runtime/statements.ts';

type Batch = {
  statements: string[];
  /** Whether the dump itself has begun a transaction, which one failed statement must not end. */
  isInTransaction: boolean;
  refused: (index: number, complaint: Complaint) => void;
};

/**
 * @returns how many rows INSERTs added
 * @throws RefusalError when the connection is lost
 */
export async function sendBatch(
  session: Pick<Session, 'run'>,
  { statements, isInTransaction, refused }: Batch,
): Promise<number> {
  const send = isInTransaction ? sendInTransaction : sendAll;
  let rows = 0;
  let from = 0;
  let size = statements.length;
  while (from < statements.length) {
    const part = statements.slice(from, from + size);
    const ran = await send(session, part);
    if (ran.complaint === undefined) {
      rows += ran.rows;
      from += part.length;
      size *= 2;
    } else if (part.length === 1) {
      refused(from, ran.complaint);
      from += 1;
    } else {
      size = beforeTheBad(ran, part.length);
    }
  }
  return rows;
}

/**
 * Always fewer than there were. PostgreSQL reads the whole text before it carries out the first statement: what it says before that
 * may be about any of them.
 */
function beforeTheBad({ completed, complaint }: Ran, sent: number): number {
  const mayBeAboutAny = completed === 0 && complaint !== undefined && ABOUT_THE_TEXT.test(complaint.code);
  return mayBeAboutAny || completed >= sent ? Math.ceil(sent / 2) : Math.max(1, completed);
}

const ABOUT_THE_TEXT = /^(42601|42602|42622|22|0A|54)/;

/** A semicolon on a line of its own, since a statement may end in a comment. */
function sendAll(session: Pick<Session, 'run'>, statements: string[]): Promise<Ran> {
  return session.run(`${statements.join('\n;\n')}\n;`);
}

async function sendInTransaction(session: Pick<Session, 'run'>, statements: string[]): Promise<Ran> {
  const ran = await sendAll(session, ['SAVEPOINT nightshift', ...statements, 'RELEASE SAVEPOINT nightshift']);
  if (ran.complaint === undefined) return ran;
  await session.run('ROLLBACK TO SAVEPOINT nightshift; RELEASE SAVEPOINT nightshift');
  return { ...ran, completed: Math.max(0, ran.completed - 1) };
}
