/** Two sorted listings, side by side: millions of keys in the memory of two pages. Pure but for its streams. */
import type { Listed } from '../../object-store/listing.ts';
import { compareBytes, mustAscend } from '../../runtime/order.ts';

/** `name` is for a person; keys are compared without the prefix. */
export type Side = { name: string; prefix: string; pages: AsyncIterable<Listed[]> };

/** One of both is undefined where the key is on the other side only. */
export type Visit = (key: string, left: Listed | undefined, right: Listed | undefined) => void;

/** @throws RefusalError when either cannot be read to its end, or is not in byte order: then nothing could be said to be missing */
export async function mergeListings(left: Side, right: Side, visit: Visit): Promise<void> {
  const [a, b] = [cursorOf(left), cursorOf(right)];
  for (;;) {
    if (a.isDry() || b.isDry()) await Promise.all([a.load(), b.load()]);
    const [own, other] = [a.current(), b.current()];
    const order = orderOf(own?.key, other?.key);
    const key = order <= 0 ? own?.key : other?.key;
    if (key === undefined) return;
    visit(key, order <= 0 ? a.take() : undefined, order >= 0 ? b.take() : undefined);
  }
}

/** What has ended sorts last. */
function orderOf(a: string | undefined, b: string | undefined): number {
  if (a === undefined) return 1;
  return b === undefined ? -1 : compareBytes(a, b);
}

function cursorOf({ name, prefix, pages }: Side) {
  const stream = pages[Symbol.asyncIterator]();
  const ascends = mustAscend(name);
  let page: Listed[] = [];
  let at = 0;
  let isDone = false;
  return {
    isDry: () => at >= page.length && !isDone,
    load: async () => {
      while (at >= page.length && !isDone) {
        const next = await stream.next();
        isDone = next.done === true;
        page = next.done === true ? [] : next.value;
        at = 0;
      }
    },
    current: () => {
      const listed = page[at];
      return listed && { key: listed.key.slice(prefix.length) };
    },
    take: () => {
      const listed = page[at] as Listed;
      ascends(listed.key);
      at += 1;
      return listed;
    },
  };
}
