/** Work side by side, as wide as a rate of requests needs. */

/** What one lane can send, where an answer takes 200 ms: lanes do not send faster, the pace does not let them, but too few send slower. */
const PER_LANE = 5;
/** Fewer items than this are not worth a lane of their own. */
const ITEMS_OF_LANE = 16;

/**
 * Does `work` for each item; results come in the order of the items. The first error is thrown once every lane has stopped, so that nothing
 * goes on behind it.
 */
export async function inLanes<Item, Result>(
  items: Item[],
  requestsPerSecond: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const errors: unknown[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length && errors.length === 0) {
      const at = next;
      next += 1;
      try {
        results[at] = await work(items[at] as Item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  const width = Math.min(Math.ceil(requestsPerSecond / PER_LANE), Math.ceil(items.length / ITEMS_OF_LANE));
  await Promise.all(Array.from({ length: width }, lane));
  if (errors.length > 0) throw errors[0];
  return results;
}
