/** Judges one blob: what the database and the store each know of it go in, and whether anything needs it comes out. Pure. */

/** What one snapshot of the database knows of a hash. Times are seconds since 1970; undefined is NULL. */
export type RowFacts = {
  hash: string;
  /** False where references name the hash and the blob table has no such row. */
  isRow: boolean;
  references: number;
  /** Undefined where settings map no column, too. */
  bytes: number | undefined;
  createdAt: number | undefined;
  refCount: number | undefined;
};

/** `lastModified` is milliseconds since 1970. */
export type ObjectFacts = { key: string; bytes: number; etag: string; lastModified: number };

export type Verdict =
  | 'needed'
  | 'young'
  /** Candidates. */
  | 'no row'
  | 'row unreferenced'
  /** To be looked up again. */
  | 'missing'
  | 'wrong size'
  | 'reference to nothing'
  /** Kept, and told. */
  | 'referenced without row'
  | 'unreferenced and missing';

/** Each age is counted by the clock that wrote the time. */
export type Ages = { minAgeHours: number; storeNowMs: number; databaseNowSeconds: number };

const HOUR_SECONDS = 3_600;

/** One of both is undefined where only the other is there. */
export function judge(row: RowFacts | undefined, object: ObjectFacts | undefined, ages: Ages): Verdict {
  if (row === undefined) return object && isOldObject(object, ages) ? 'no row' : 'young';
  if (object === undefined) return judgeRow(row, ages);
  if (!row.isRow) return 'referenced without row';
  if (row.references > 0) return hasWrongSize(row, object, ages) ? 'wrong size' : 'needed';
  return isOldRow(row, ages) && isOldObject(object, ages) ? 'row unreferenced' : 'young';
}

function judgeRow(row: RowFacts, ages: Ages): Verdict {
  // Nobody knows how old a reference is.
  if (!row.isRow) return 'reference to nothing';
  if (!isOldRow(row, ages)) return 'young';
  return row.references > 0 ? 'missing' : 'unreferenced and missing';
}

/** A row that is young may have been written before the upload of what it describes was complete. */
function hasWrongSize(row: RowFacts, object: ObjectFacts, ages: Ages): boolean {
  return row.bytes !== undefined && row.bytes !== object.bytes && isOldRow(row, ages) && isOldObject(object, ages);
}

function isOldRow({ createdAt }: RowFacts, { minAgeHours, databaseNowSeconds }: Ages): boolean {
  return isOld(databaseNowSeconds - (createdAt ?? Number.NaN), minAgeHours);
}

function isOldObject({ lastModified }: ObjectFacts, { minAgeHours, storeNowMs }: Ages): boolean {
  return isOld((storeNowMs - lastModified) / 1000, minAgeHours);
}

/** Of unknown or infinite age is young, and so is what comes from the future (F18). */
export function isOld(seconds: number, minAgeHours: number): boolean {
  return Number.isFinite(seconds) && seconds >= minAgeHours * HOUR_SECONDS;
}

/** Never trusted, only told: what counts are the references themselves. */
export function countsOtherwise({ isRow, refCount, references }: RowFacts): boolean {
  return isRow && refCount !== undefined && refCount !== references;
}

/** References that each referencing column holds, by its name. */
export type References = Record<string, number>;

type Counted = { counted: References; before: References | undefined; maxDropPercent: number };

/**
 * Why references cannot be believed (F54): all of them are gone, those of one column are far fewer than at the last marking, or settings
 * do not name a column any more that counted then. An empty table looks just like a wrong schema, a failed migration, or a restore that
 * has not ended.
 */
export function objectionToReferences({ counted, before = {}, maxDropPercent }: Counted): string | undefined {
  if (Object.values(counted).every((count) => count === 0))
    return 'No column references any blob: that cannot be believed.';
  const fewer = Object.entries(counted).flatMap(([column, count]) => {
    const known = before[column] ?? 0;
    const isFewer = known > 0 && (count === 0 || (known - count) / known > maxDropPercent / 100);
    return isFewer ? [`${column} has ${count}, and had ${known} at the last marking`] : [];
  });
  // Also one that held none: it may hold some by now, and nobody looks there.
  const dropped = Object.entries(before).flatMap(([column, known]) =>
    column in counted ? [] : [`${column} is not in settings.references any more, and had ${known} at the last marking`],
  );
  fewer.push(...dropped);
  return fewer.length === 0 ? undefined : `References have become fewer than can be believed: ${fewer.join('; ')}.`;
}
