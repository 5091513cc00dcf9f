/** What every part of a sweep stands on: the database as whoever may act, the blobs' bucket, and the record of what was taken. */
import { logIn } from '../runtime/database.ts';
import type { Session } from '../runtime/postgres.ts';
import { readCatalogue } from './catalogue.ts';
import { byteColumns } from './decide-catalogue.ts';
import type { Run } from './mark.ts';
import type { Mapped } from './needs.ts';
import { openPace } from './pace.ts';
import { openQuarantine, type Store } from './quarantine.ts';
import { readTaken, type TakenState } from './taken.ts';

export type Ground = {
  run: Run;
  /** The actor's in enforce mode, else the reader's. */
  session: Session;
  reader: Session;
  store: Store;
  pace: () => Promise<void>;
  mapped: Mapped;
  taken: TakenState;
  /** By the blobs’ store’s own clock (F18). */
  storeNowMs: number;
};

/**
 * No more than bringing back needs. Whether every reference is declared is asked before anything is taken (`sweep.ts`): what is wanted again
 * must not wait for it (F51).
 * @throws RefusalError where any of it cannot be reached
 */
export async function onGround<Result>(run: Run, work: (ground: Ground) => Promise<Result>): Promise<Result> {
  const { settings, mode } = run;
  const pace = openPace(settings.policy.requestsPerSecond);
  const store = await openQuarantine(settings, pace);
  const sessions: Session[] = [];
  const open = async (as: 'reader' | 'actor') => {
    const session = await logIn(run, as);
    sessions.push(session);
    return session;
  };
  try {
    // Until its first answer, nobody knows the store’s time.
    await store.objects.isVersioned();
    const storeNowMs = store.objects.now();
    const reader = await open('reader');
    const mapped = await mapOf(run, reader);
    const session = mode === 'enforce' ? await open('actor') : reader;
    const taken = await readTaken(run.store, run.stateKey('taken.json'));
    return await work({ run, session, reader, store, pace, mapped, taken, storeNowMs });
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
    store.close();
  }
}

async function mapOf({ settings }: Run, reader: Session): Promise<Mapped> {
  const { blobs, references } = settings;
  const catalogue = await readCatalogue(reader, blobs);
  return { blobs, references, bytes: byteColumns(catalogue), foreignKeys: catalogue.foreignKeys };
}
