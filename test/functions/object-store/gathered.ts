/** All that a stream gives. */
export async function gathered<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of stream) all.push(item);
  return all;
}
