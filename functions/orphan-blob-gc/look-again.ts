/** Looks at candidates again, in the database and in the bucket, right before any of them is touched. */
import type { Head } from '../object-store/head.ts';
import { lookAtRows, type RowNow } from './blob-rows.ts';
import { isSameSecond } from './decide-versions.ts';
import type { Ground } from './ground.ts';
import { inLanes } from './lanes.ts';
import type { Candidate } from './manifest.ts';
import type { Item } from './taken.ts';

export type Looked = { items: Item[]; spared: { item: Candidate; why: string }[] };

/** @throws RefusalError where anything cannot be looked at */
export async function lookAgain(ground: Ground, candidates: Candidate[]): Promise<Looked> {
  const { session, mapped, store, pace, run } = ground;
  const rows = await lookAtRows(
    session,
    mapped,
    candidates.map(({ hash }) => hash),
  );
  const looked: Looked = { items: [], spared: [] };
  const heads = await inLanes(candidates, run.settings.policy.requestsPerSecond, async (candidate) => {
    if (whyRowSpares(candidate, rows.get(candidate.hash)) !== undefined) return undefined;
    await pace();
    return store.objects.head(candidate.key);
  });
  for (const [index, candidate] of candidates.entries()) {
    const row = rows.get(candidate.hash);
    const head = heads[index];
    const why =
      whyRowSpares(candidate, row) ?? whyObjectSpares(candidate, head) ?? (head && store.quarantine.whyNot(head));
    if (why === undefined) looked.items.push(itemOf(candidate, { row, head }));
    else looked.spared.push({ item: candidate, why });
  }
  return looked;
}

function whyRowSpares({ kind, rowCreatedAt }: Candidate, now: RowNow | undefined): string | undefined {
  if (now === undefined || now.isNeeded) return 'something needs it now';
  if (kind === 'no row') return now.row === undefined ? undefined : 'it has a row now';
  if (now.row === undefined) return 'its row is gone';
  return now.createdAt === rowCreatedAt ? undefined : 'it has another row now';
}

function whyObjectSpares({ etag, lastModified }: Candidate, head: Head | undefined): string | undefined {
  if (head === undefined) return 'it is gone';
  const isSame = head.version.etag === etag && isSameSecond(head.lastModified, lastModified);
  return isSame ? undefined : 'it was uploaded again since it was marked';
}

type Now = { row: RowNow | undefined; head: Head | undefined };

function itemOf(candidate: Candidate, { row, head }: Now): Item {
  const { version: { versionId } = {}, checksums = {} } = head ?? {};
  return {
    ...candidate,
    ...(versionId !== undefined && { versionId }),
    ...(Object.keys(checksums).length > 0 && { checksums }),
    ...(row?.row !== undefined && { row: row.row }),
  };
}
