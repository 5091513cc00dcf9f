/** Looks at every source, one after the other. What cannot be looked at is said to be so, and the others are looked at all the same. */
import { RefusalError } from '../runtime/errors.ts';
import type { Source, SourceOf } from './contract.ts';
import type { Looked } from './looked.ts';
import type { Memory, Notebook } from './memory.ts';
import { lookForBases } from './sources/base.ts';
import { lookAtCacheSnapshots } from './sources/cache-snapshot.ts';
import { lookForDump } from './sources/dump.ts';
import { lookAtFiles } from './sources/files.ts';
import type { Looking } from './sources/looking.ts';
import { lookAtRdsSnapshots } from './sources/rds-snapshot.ts';
import { lookAtWal } from './sources/wal.ts';
import type { BaseBackup } from './sources/wal-reach.ts';
import type { Verification, Verified } from './verified.ts';
import { verifyDump } from './verify.ts';

/** `unseen`: why it could not be looked at. Then nothing is known of it, good or bad. */
export type Sighting = { source: Source } & ({ looked: Looked; dump?: Verified } | { unseen: string });

/** Base backups before the WAL that continues them, and what takes longest last. */
const ORDER: Source['kind'][] = ['base', 'wal', 'rds-snapshot', 'cache-snapshot', 'files', 'dump'];

export async function lookAtAll(run: Verification, notebook: Notebook): Promise<Sighting[]> {
  const bases = new Map<string, BaseBackup[]>();
  const sightings: Sighting[] = [];
  for (const source of inOrder(run.settings.sources, notebook.memory())) {
    sightings.push(await sighting(source, () => lookAt(source, { run, notebook, bases })));
  }
  return sightings;
}

/** A restore that was begun goes on before another one is begun. */
function inOrder(sources: Source[], { going }: Memory): Source[] {
  const rank = ({ kind, name }: Source) => ORDER.indexOf(kind) + (name === going?.source ? -0.5 : 0);
  return sources.toSorted((a, b) => rank(a) - rank(b));
}

async function sighting(source: Source, look: () => Promise<{ looked: Looked; dump?: Verified }>): Promise<Sighting> {
  try {
    return { source, ...(await look()) };
  } catch (error) {
    if (error instanceof RefusalError) return { source, unseen: error.message };
    throw error;
  }
}

type Around = { run: Verification; notebook: Notebook; bases: Map<string, BaseBackup[]> };

async function lookAt(source: Source, { run, notebook, bases }: Around): Promise<{ looked: Looked; dump?: Verified }> {
  const looking: Looking = { runId: run.runId, memory: notebook.memory().sources[source.name] };
  switch (source.kind) {
    case 'base': {
      const { looked, bases: own } = await lookForBases(source, looking);
      bases.set(source.name, own);
      return { looked };
    }
    case 'wal':
      return { looked: await lookAtWal(source, looking, basesOf(source, bases)) };
    case 'rds-snapshot':
      return { looked: await lookAtRdsSnapshots(source, looking) };
    case 'cache-snapshot':
      return { looked: await lookAtCacheSnapshots(source, looking) };
    case 'files':
      return { looked: await lookAtFiles(source, looking) };
    case 'dump': {
      const { looked, newest } = await lookForDump(source, looking);
      return newest === undefined ? { looked } : verifyDump(source, { looked, newest, run, notebook });
    }
  }
}

/** @throws RefusalError where the base backups could not be looked at: then nobody knows what the WAL continues */
function basesOf({ name, continues }: SourceOf<'wal'>, bases: Map<string, BaseBackup[]>): BaseBackup[] | undefined {
  if (continues === undefined) return undefined;
  const own = bases.get(continues);
  if (own) return own;
  throw new RefusalError(`${name} continues ${continues}, which could not be looked at.`);
}
