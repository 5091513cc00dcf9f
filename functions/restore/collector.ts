/** Collects statements until a message is worth sending, and lets the dump be read on while PostgreSQL carries it out. */
import type { Statement } from '../dump/dump.ts';
import type { Deadline } from '../runtime/deadline.ts';
import type { Session } from '../runtime/postgres.ts';
import { sendBatch } from './batch.ts';
import { OutOfTimeError } from './out-of-time.ts';
import type { Problems } from './problems.ts';

/** Measured: less takes longer, and more takes memory and no less time. */
const BATCH_CHARACTERS = 128 * 1024;

export type Sending = { session: Session; deadline: Deadline; problems: Problems };

export type State = {
  batch: Statement[];
  characters: number;
  isInTransaction: boolean;
  rows: number;
  /** Of the batch that is being carried out. */
  underway: Promise<void>;
  entry: number | undefined;
  /** Entries that end with the batch that is being collected, and those that have ended. */
  ending: number[];
  done: number[];
  /** Whether the transaction is ours, around the INSERTs of one entry. */
  isOurs: boolean;
  isInDoubt: boolean;
};

export function openState(): State {
  return {
    batch: [],
    characters: 0,
    isInTransaction: false,
    rows: 0,
    underway: Promise.resolve(),
    entry: undefined,
    ending: [],
    done: [],
    isOurs: false,
    isInDoubt: false,
  };
}

/** Undefined where there is nothing to wait for. */
export function collect(state: State, sending: Sending, statement: Statement): Promise<void> | undefined {
  state.batch.push(statement);
  state.characters += statement.sql.length;
  return state.characters < BATCH_CHARACTERS ? undefined : sendOn(state, sending);
}

/** Resolves when the batch before it is carried out; so there are never more than two in memory. */
async function sendOn(state: State, sending: Sending): Promise<void> {
  await state.underway;
  if (sending.deadline.workMs() === 0) throw new OutOfTimeError();
  const { batch, isInTransaction, ending } = state;
  state.batch = [];
  state.ending = [];
  state.characters = 0;
  state.underway = sendBatch(sending.session, {
    statements: batch.map(({ sql }) => sql),
    isInTransaction,
    refused: (index, complaint) => sending.problems.complained(batch[index] as Statement, complaint),
  }).then((rows) => {
    state.rows += rows;
    state.done.push(...ending);
  });
  // Whoever sends next hears of it; until then it must not end the process.
  state.underway.catch(() => {});
}

export async function settle(state: State, sending: Sending): Promise<void> {
  await sendOn(state, sending);
  await state.underway;
}

/** Carries something out by itself, in its turn; inside a transaction of the dump, its failure undoes only itself. */
export async function alone<Result extends { complaint?: unknown }>(
  state: State,
  sending: Sending,
  work: () => Promise<Result>,
): Promise<Result> {
  await settle(state, sending);
  if (!state.isInTransaction) return work();
  const { session } = sending;
  await session.run('SAVEPOINT nightshift');
  const result = await work();
  await session.run(`${result.complaint ? 'ROLLBACK TO SAVEPOINT nightshift; ' : ''}RELEASE SAVEPOINT nightshift`);
  return result;
}
