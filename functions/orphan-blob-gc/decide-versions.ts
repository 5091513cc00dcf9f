/** Where a quarantined object is, judged by the versions of its key. Pure. */

/** Times are milliseconds since 1970. `id` is `null`, in letters, for a version written while the bucket kept none. */
export type KeyVersions = {
  /** Newest first, without delete markers. */
  versions: { id: string; etag: string; lastModified: number }[];
  /** The delete marker that hides them all, if the latest is one. */
  hiddenBy: string | undefined;
};

/**
 * `there`: whoever reads the key finds an object. `hidden`: a delete marker hides it; `isOther` where that hides a later upload than
 * what was marked. `gone`: there is none any more, or only what that had replaced: to bring it back would pass it off as the other.
 */
export type Whereabouts = { kind: 'there' } | { kind: 'hidden'; marker: string; isOther: boolean } | { kind: 'gone' };

type Expected = { etag: string; lastModified: string; versionId?: string };

export function whereaboutsOf({ versions, hiddenBy }: KeyVersions, expected: Expected): Whereabouts {
  const [newest] = versions;
  if (newest === undefined) return { kind: 'gone' };
  if (hiddenBy === undefined) return { kind: 'there' };
  const isOther = !isExpected(newest, expected);
  if (isOther && newest.etag !== expected.etag && newest.lastModified < Date.parse(expected.lastModified))
    return { kind: 'gone' };
  return { kind: 'hidden', marker: hiddenBy, isOther };
}

function isExpected({ id, etag, lastModified }: KeyVersions['versions'][number], expected: Expected): boolean {
  const isSameVersion = id === (expected.versionId ?? 'null');
  return isSameVersion && etag === expected.etag && isSameSecond(lastModified, expected.lastModified);
}

/** Headers tell whole seconds, and some stores’ listings finer ones. */
export function isSameSecond(ms: number, iso: string): boolean {
  return Math.floor(ms / 1000) === Math.floor(Date.parse(iso) / 1000);
}
