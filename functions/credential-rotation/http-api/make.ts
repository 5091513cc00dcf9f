/**
 * Makes a credential where only the other side can, so that an answer that got lost leaves nothing behind: what there is goes on
 * record before one is asked for, and whatever an attempt that died has made is found and removed before another is made (F42).
 */
import * as z from 'zod';
import { RefusalError } from '../../runtime/errors.ts';
import type { Credential, Subject } from '../kind.ts';
import type { Api, Listing } from './api.ts';
import { judgeCredentials, type Made } from './decide-credentials.ts';

const Record = z.object({
  making: z.object({ before: z.array(z.string()), at: z.string() }).optional(),
  fresh: z.string().optional(),
  made: z.array(z.string()).default([]),
});

/** Longer, and the one that is made could not be told from one that somebody makes meanwhile. */
const RECORDED_WITHIN_MS = 60_000;

export type Making<Held extends Credential> = { api: Api<Held>; notes: Subject['notes'] };
export type Stored<Held> = { current: Held; previous?: Held | undefined };

export async function make<Held extends Credential>(making: Making<Held>, stored: Stored<Held>): Promise<Held> {
  const { api, notes } = making;
  const listing = await clear(making, stored);
  const listedMs = performance.now();
  const { fresh, made } = recordOf(notes);
  const left = new Set(listing.credentials.map(({ id }) => id));
  const ours = [...new Set([...made, ...(fresh ? [fresh] : [])])].filter((id) => left.has(id));
  await record(notes, { making: { before: listing.ids, at: listing.at.toISOString() }, made: ours });
  if (performance.now() - listedMs > RECORDED_WITHIN_MS)
    throw new RefusalError('It took too long to put on record which credentials there are.');
  const { id, held } = await api.create(stored.current);
  await record(notes, { fresh: id, made: ours });
  return held;
}

/** Removes what is ours and of no use, and looks again. @returns what is left. @throws RefusalError where something is in the way */
async function clear<Held extends Credential>(making: Making<Held>, stored: Stored<Held>): Promise<Listing> {
  const { api } = making;
  const { listing, remove } = await look(making, stored);
  if (remove.length === 0) return listing;
  for (const { id, isActive } of remove) {
    if (isActive) await api.deactivate(stored.current, id);
    await api.remove(stored.current, id);
  }
  const again = await look(making, stored);
  if (again.remove.length > 0) throw new RefusalError('A credential was removed, and is still there.');
  return again.listing;
}

/** @throws RefusalError where a new one must not be made */
export async function look<Held extends Credential>(
  { api, notes }: Making<Held>,
  { current, previous }: Stored<Held>,
  overlaps = false,
) {
  const listing = await api.list(current);
  const tokens = { current: api.tokenOf(current), previous: previous && api.tokenOf(previous) };
  const judged = judgeCredentials({ listing, ...tokens, record: recordOf(notes), overlaps });
  if (judged.is === 'refused') throw new RefusalError(judged.because);
  return { listing, remove: judged.remove };
}

/** It is the pending version's, so it was stored: from now on, it is somebody's, and nobody's to be removed while it is active. */
export async function noteStored(notes: Subject['notes']): Promise<void> {
  const { fresh, made } = recordOf(notes);
  if (fresh !== undefined) await record(notes, { made: [...made, fresh] });
}

/** @throws RefusalError where somebody else has written there */
function recordOf(notes: Subject['notes']): Made {
  const parsed = Record.safeParse(notes.now().own ?? {});
  if (!parsed.success) throw new RefusalError('What is remembered of the credentials that were made cannot be read.');
  const { making, fresh, made } = parsed.data;
  return { made, ...(making && { making }), ...(fresh !== undefined && { fresh }) };
}

async function record(notes: Subject['notes'], made: Made): Promise<void> {
  await notes.write({ own: made });
}
