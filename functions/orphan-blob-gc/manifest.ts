/** The list of a shard's candidates, a line each, in byte order of their keys. */
import { EvidenceError, describe as tell } from '../runtime/errors.ts';
import { mustAscend } from '../runtime/order.ts';
import type { Store } from '../runtime/store.ts';
import type { Kind } from './detail.ts';

/** Times are ISO 8601, by the clock of the store or database that wrote them. */
export type Candidate = {
  key: string;
  hash: string;
  /** With its quotes, as S3 tells it. */
  etag: string;
  bytes: number;
  lastModified: string;
  kind: Kind;
  /** Of its row, where it has one: seconds since 1970. */
  rowCreatedAt?: number;
  /** Since when it has been a candidate without a break, by the blob store’s clock: the grace is counted from here. */
  markedAt: string;
};

/** Also the same object under the same row: whatever came in between began a new grace. */
export function isSame(a: Omit<Candidate, 'markedAt'>, b: Omit<Candidate, 'markedAt'>): boolean {
  return (
    a.key === b.key &&
    a.etag === b.etag &&
    a.lastModified === b.lastModified &&
    a.kind === b.kind &&
    a.rowCreatedAt === b.rowCreatedAt
  );
}

/** Lines of manifests, one after the other, as they were written. @throws EvidenceError when one is gone or damaged */
export async function* readManifests(store: Store, keys: string[]): AsyncGenerator<Candidate[]> {
  const ascends = mustAscend('The candidates of the last marking');
  for (const key of keys) {
    const { etag, lines } = await store.openLines(key);
    // An empty manifest is an object, too: one that is not there has been lost, and with it since when anything waits.
    if (etag === undefined) throw new EvidenceError(`The manifest ${key} is gone from the evidence bucket.`);
    for await (const some of lines) {
      const candidates = some.map((line) => candidateOf(key, line));
      for (const { key: blob } of candidates) ascends(blob);
      yield candidates;
    }
  }
}

function candidateOf(key: string, line: string): Candidate {
  try {
    return JSON.parse(line) as Candidate;
  } catch (error) {
    throw new EvidenceError(`The manifest ${key} is damaged: ${tell(error)}`, { cause: error });
  }
}
