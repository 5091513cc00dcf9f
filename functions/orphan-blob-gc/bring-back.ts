/** Brings single blobs back: the object first, then its row, so that no row ever points to nothing. */
import { describe, RefusalError } from '../runtime/errors.ts';
import type { Outcome } from '../runtime/report.ts';
import { hasRow, putRow } from './blob-rows.ts';
import type { Ground } from './ground.ts';
import type { Item } from './taken.ts';

/** `as it was`: nothing was missing, neither object nor row. */
export type Brought =
  | { kind: 'back' | 'as it was'; why?: undefined }
  | { kind: 'lost' | 'not ours' | 'failed'; why: string };

/** @param marker the delete marker that was put; undefined where that is not known */
export async function bringBack(ground: Ground, item: Item, marker: string | undefined): Promise<Brought> {
  try {
    const returned = await ground.store.quarantine.bringBack(item, marker);
    if (returned === 'gone') return { kind: 'lost', why: 'it is neither there nor in quarantine any more' };
    if (returned === 'not ours') return { kind: 'not ours', why: 'somebody else has deleted it since' };
    const isPut = await bringRowBack(ground, item);
    return { kind: returned === 'back' || isPut ? 'back' : 'as it was' };
  } catch (error) {
    return { kind: 'failed', why: describe(error) };
  }
}

/** The same for a blob whose object is where it was. */
export async function bringOnlyRowBack(ground: Ground, item: Item): Promise<Brought> {
  try {
    return { kind: (await bringRowBack(ground, item)) ? 'back' : 'as it was' };
  } catch (error) {
    return { kind: 'failed', why: describe(error) };
  }
}

/** @returns whether there was one to put back @throws RefusalError where no row of that hash is there afterwards */
export async function bringRowBack({ session, mapped }: Ground, { hash, row }: Item): Promise<boolean> {
  if (row === undefined) return false;
  // Asked first: not every blob table forbids a second row for the same hash.
  if (await hasRow(session, mapped, hash)) return false;
  if (await putRow(session, mapped, { row, onConflict: 'leave' })) return true;
  // Somebody put it at this moment; or another row has something of it, and PostgreSQL says what when it is not told to leave it.
  if (await hasRow(session, mapped, hash)) return false;
  if (await putRow(session, mapped, { row, onConflict: 'throw' })) return true;
  throw new RefusalError(
    `The row of ${hash} could not be put back, and PostgreSQL does not say why: see the triggers and rules of its table.`,
  );
}

/** Whether there is nothing left to bring back. */
export function isBack(brought: Brought): brought is Extract<Brought, { kind: 'back' | 'as it was' }> {
  return brought.kind === 'back' || brought.kind === 'as it was';
}

/** Undefined where there was nothing to do. */
export function outcomeOf({ key }: Pick<Item, 'key'>, brought: Brought, why: string): Outcome | undefined {
  const about = { target: key, action: 'restore', why };
  if (brought.kind === 'as it was') return undefined;
  if (brought.kind === 'back') return { ...about, status: 'done' };
  return { ...about, status: brought.kind === 'not ours' ? 'skipped' : 'failed', error: brought.why ?? '' };
}
