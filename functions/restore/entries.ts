/** What of an archive is restored to its end, entry by entry, so that the next invocation can go on behind it. */
import type { DumpItem } from '../dump/dump.ts';
import type { Copied } from '../runtime/statements.ts';
import { alone, type Sending, type State, settle } from './collector.ts';

export type CopyItem = Extract<DumpItem, { kind: 'copy' }>;

export async function enter(state: State, sending: Sending, entry: number | undefined): Promise<void> {
  if (entry === state.entry) return;
  const { entry: last, isOurs } = state;
  state.entry = entry;
  if (isOurs) await commitOurs(state, sending, last);
  if (isOurs && last !== undefined) state.done.push(last);
  else if (last !== undefined && !state.done.includes(last)) state.ending.push(last);
}

/** The rows of one entry come all together or not at all: begun anew by the next invocation, half of them would be there twice. */
export async function beginOurs(state: State, sending: Sending): Promise<void> {
  await settle(state, sending);
  await sending.session.run('BEGIN');
  state.isInTransaction = true;
  state.isOurs = true;
}

async function commitOurs(state: State, sending: Sending, last: number | undefined): Promise<void> {
  await settle(state, sending);
  state.isInDoubt = true;
  const { complaint } = await sending.session.run('COMMIT');
  if (complaint) sending.problems.complained({ sql: 'COMMIT', at: `the end of entry ${last}` }, complaint);
  state.isInDoubt = false;
  state.isInTransaction = false;
  state.isOurs = false;
}

export async function copy(state: State, sending: Sending, { sql, data, entry }: CopyItem): Promise<Copied> {
  await enter(state, sending, entry);
  async function* toItsEnd() {
    yield* data;
    state.isInDoubt = entry !== undefined;
  }
  const copied = await alone(state, sending, () => sending.session.copyIn(sql, toItsEnd()));
  state.isInDoubt = false;
  if (entry !== undefined) state.done.push(entry);
  return copied;
}
