/** A stream of lists, looked at one item at a time without awaiting each. */

export type Cursor<Item> = {
  /** Nothing is loaded, and there may be more: `load` must be awaited before `current` tells anything. */
  isDry(): boolean;
  load(): Promise<void>;
  /** Undefined at the end. */
  current(): Item | undefined;
  next(): void;
  close(): Promise<void>;
};

/** @param check is called with every item as it comes; it throws where the stream is not what it should be */
export function cursorOf<Item>(lists: AsyncIterable<Iterable<Item>>, check: (item: Item) => void): Cursor<Item> {
  const stream = lists[Symbol.asyncIterator]();
  let items: Item[] = [];
  let at = 0;
  let isDone = false;
  const isDry = () => at >= items.length && !isDone;
  return {
    isDry,
    load: async () => {
      while (isDry()) {
        const list = await stream.next();
        isDone = list.done === true;
        items = list.done === true ? [] : [...list.value];
        at = 0;
        for (const item of items) check(item);
      }
    },
    current: () => items[at],
    next: () => {
      at += 1;
    },
    close: async () => {
      await stream.return?.();
    },
  };
}
