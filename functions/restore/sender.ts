/** Decides how each statement is carried out: not at all, by itself, or among others. */
import type { Statement } from '../dump/dump.ts';
import type { Copied } from '../runtime/statements.ts';
import { alone, collect, openState, type Sending, type State, settle } from './collector.ts';
import { beginOurs, type CopyItem, copy, enter } from './entries.ts';
import { headOf } from './head.ts';
import { withheldOf } from './withhold.ts';

export type Sender = {
  /** @throws OutOfTimeError, and RefusalError when the connection is lost; as do the others */
  take(statement: Statement): Promise<void> | undefined;
  /** Resolves when all that was taken is carried out. */
  settle(): Promise<void>;
  /** Carries something out by itself, in its turn; inside a transaction of the dump, its failure undoes only itself. */
  alone<Result extends { complaint?: unknown }>(work: () => Promise<Result>): Promise<Result>;
  /** Rows of a COPY. What is copied is all that there is of its entry, so that is done too. */
  copy(item: CopyItem): Promise<Copied>;
  /** Tells that what follows is of this entry of an archive, or of none. */
  enter(entry: number | undefined): Promise<void>;
  /** How many rows INSERTs have added. */
  rows(): number;
  /** Entries of an archive that were carried out to their end. */
  done(): number[];
  /** Whether PostgreSQL was told to keep the rows of an entry, and did not answer. */
  isInDoubt(): boolean;
};

export function openSender(sending: Sending): Sender {
  const state = openState();
  return {
    take: (statement) => take(state, sending, statement),
    settle: () => settle(state, sending),
    alone: (work) => alone(state, sending, work),
    enter: (entry) => enter(state, sending, entry),
    rows: () => state.rows,
    done: () => state.done,
    copy: (item) => copy(state, sending, item),
    isInDoubt: () => state.isInDoubt,
  };
}

const TRANSACTION = /^(BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE)\b/i;

/** Undefined where there is nothing to wait for: a promise for each of a million INSERTs is memory and time. */
function take(state: State, sending: Sending, statement: Statement): Promise<void> | undefined {
  const { sql, entry } = statement;
  // Nearly all statements of the dumps that have many.
  const isPlainInsert = entry === state.entry && sql.startsWith('INSERT INTO ');
  if (!isPlainInsert || (entry !== undefined && !state.isInTransaction)) return takeWithCare(state, sending, statement);
  return collect(state, sending, statement);
}

async function takeWithCare(state: State, sending: Sending, statement: Statement): Promise<void> {
  const { sql, entry } = statement;
  await enter(state, sending, entry);
  const head = headOf(sql);
  if (head === '') return;
  const withheld = withheldOf(head);
  if (withheld) return sending.problems.withheld(statement, withheld);
  if (TRANSACTION.test(head)) return control(state, sending, { statement, head });
  const isRow = /^INSERT\b/i.test(head);
  if (entry !== undefined && isRow && !state.isInTransaction) await beginOurs(state, sending);
  await collect(state, sending, statement);
}

/** Where a transaction of the dump begins and ends, batches end too: they are undone and sent again within it. */
async function control(
  state: State,
  sending: Sending,
  { statement, head }: { statement: Statement; head: string },
): Promise<void> {
  await settle(state, sending);
  const { complaint } = await sending.session.run(statement.sql);
  if (complaint) sending.problems.complained(statement, complaint);
  if (/^(BEGIN|START)\b/i.test(head)) state.isInTransaction = true;
  if (/^(COMMIT|END|ABORT|ROLLBACK(?! TO\b| (WORK|TRANSACTION) TO\b))/i.test(head)) state.isInTransaction = false;
}
