/** The blobs’ store as a marking sees it: pages of keys in byte order, the next one already under way while one is worked through. */
import type { Listed } from '../object-store/listing.ts';
import type { Objects } from '../object-store/object-store.ts';
import type { Pace } from './pace.ts';

type Asked = { prefix: string; after: string; pace: Pace };

/** Everything under the prefix whose key sorts after `after`. @throws RefusalError; never ends early without one (F57) */
export function listBlobs(objects: Objects, { prefix, after, pace }: Asked): AsyncGenerator<Listed[]> {
  return oneAhead(objects.list(prefix, after), pace);
}

/** Asks for a page before the one before it is used: the store’s time and ours are then spent at once. */
async function* oneAhead(pages: AsyncIterable<Listed[]>, pace: Pace): AsyncGenerator<Listed[]> {
  const iterator = pages[Symbol.asyncIterator]();
  const ask = () => {
    const asked = pace().then(() => iterator.next());
    // Awaited below; whoever stops in between must not end the process with what nobody waits for any more.
    asked.catch(() => {});
    return asked;
  };
  let next = ask();
  try {
    for (;;) {
      const page = await next;
      if (page.done) return;
      next = ask();
      yield page.value;
    }
  } finally {
    await next.catch(() => {});
    await iterator.return?.();
  }
}
