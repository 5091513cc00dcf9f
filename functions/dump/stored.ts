/** A stream whose first bytes can be looked at before it is read. */
export type Stored = { first: Buffer; chunks: AsyncGenerator<Buffer> };

/** `first` has at least so many bytes, or all that there are; `chunks` are all of them, as they came. */
export async function openStored(bytes: AsyncIterable<Buffer>, atLeast: number): Promise<Stored> {
  const source = bytes[Symbol.asyncIterator]();
  const pieces: Buffer[] = [];
  for (let length = 0; length < atLeast; ) {
    const { value, done } = await source.next();
    if (done) break;
    pieces.push(value);
    length += value.length;
  }
  return { first: Buffer.concat(pieces), chunks: again(pieces, source) };
}

async function* again(pieces: Buffer[], source: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* pieces.splice(0);
    for (;;) {
      const { value, done } = await source.next();
      if (done) return;
      yield value;
    }
  } finally {
    await source.return?.();
  }
}

/** The same pieces, to somebody who may stop early: what is left can be read on by whoever lent them. */
export async function* lend(pieces: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  for (;;) {
    const { value, done } = await pieces.next();
    if (done) return;
    yield value;
  }
}
