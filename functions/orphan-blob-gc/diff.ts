/** Rows and objects side by side, by the bytes of their hashes: millions of each in the memory of one page. Pure but for its streams. */
import type { Listed } from '../object-store/listing.ts';
import { RefusalError } from '../runtime/errors.ts';
import { compareBytes, mustAscend } from '../runtime/order.ts';
import { type Cursor, cursorOf } from './cursor.ts';
import type { RowFacts } from './decide.ts';
import type { Range } from './shards.ts';
import type { Template } from './template.ts';

export type Sides = { rows: Cursor<RowFacts>; objects: Cursor<Listed> };

/** Both ascend by their bytes, without repeats, or are refused at the first that does not (F63). */
export function openSides(streams: { rows: AsyncIterable<Iterable<RowFacts>>; pages: AsyncIterable<Listed[]> }): Sides {
  const rowAscends = mustAscend('The list of rows and references');
  const keyAscends = mustAscend('The listing of the bucket');
  return {
    rows: cursorOf(streams.rows, ({ hash }) => rowAscends(hash)),
    objects: cursorOf(streams.pages, ({ key }) => keyAscends(key)),
  };
}

export type Visitor = {
  /** One of both is undefined where only the other is there. */
  blob(row: RowFacts | undefined, object: Listed | undefined): void;
  /** A key that the template does not make. */
  stranger(object: Listed): void;
  /** Awaited before more is read, for what cannot be done at once. */
  pause(): Promise<void>;
};

/** Sorts after every hash and every other text that a row may hold. */
const END = '\u{10ffff}';

type Walk = { template: Template; visitor: Visitor };

/** Visits what is in the range, and leaves both sides at its end. @throws RefusalError when either cannot be read on (F57) */
export async function diff(sides: Sides, range: Range, walk: Walk): Promise<void> {
  const { template, visitor } = walk;
  const { rows, objects } = sides;
  const end = { hash: range.upTo ?? END, key: range.upTo === undefined ? undefined : template.boundOf(range.upTo) };
  let isOver = false;
  while (!isOver) {
    if (rows.isDry() || objects.isDry()) {
      await visitor.pause();
      await Promise.all([rows.load(), objects.load()]);
    }
    isOver = visitNext(sides, end, walk);
  }
  await visitor.pause();
  if (range.upTo === undefined) mustBeDone(sides);
}

type End = { hash: string; key: string | undefined };

/**
 * The hash of an object is not kept beside it: to add it to each of millions costs more than to read it out of the key again.
 * @returns true where nothing is left before the end
 */
function visitNext({ rows, objects }: Sides, end: End, { template, visitor }: Walk): boolean {
  const row = rows.current();
  const object = objects.current();
  const known = object && template.hashOf(object.key);
  if (object !== undefined && known === undefined && isUpTo(object.key, end.key)) {
    objects.next();
    visitor.stranger(object);
    return false;
  }
  const rowHash = row === undefined ? END : row.hash;
  const objectHash = known ?? END;
  const hash = rowHash < objectHash ? rowHash : objectHash;
  if (hash > end.hash || hash === END) return true;
  if (rowHash === hash) rows.next();
  if (objectHash === hash) objects.next();
  visitor.blob(rowHash === hash ? row : undefined, objectHash === hash ? object : undefined);
  return false;
}

/** What sorts after every hash is none, and was not visited. */
function mustBeDone({ rows, objects }: Sides): void {
  const left = rows.current()?.hash ?? objects.current()?.key;
  if (left !== undefined)
    throw new RefusalError(`${JSON.stringify(left)} sorts after everything that could be a hash or a key.`);
}

function isUpTo(key: string, last: string | undefined): boolean {
  return last === undefined || compareBytes(key, last) <= 0;
}
