/** The items of a plain dump. */
import type { DumpItem } from './dump.ts';
import { type Event, eventSink } from './events.ts';
import { type Frame, framed, refuseUnended } from './frame.ts';
import { itemsOf } from './items.ts';
import { openPlain, push } from './plain.ts';

/** @throws DumpError at what cannot be read, and at the end where the dump was not written to its own */
export async function* readPlain(inside: AsyncIterable<Buffer>): AsyncGenerator<DumpItem> {
  yield* itemsOf(eventsOf(inside));
}

async function* eventsOf(inside: AsyncIterable<Buffer>): AsyncGenerator<Event> {
  const frame: Frame = { isComplete: false };
  const events: Event[] = [];
  const plain = openPlain(framed(frame, eventSink(events, { place: (at) => `byte ${at}` })));
  for await (const chunk of inside) {
    push(plain, chunk);
    yield* events.splice(0);
  }
  push(plain, Buffer.alloc(0), true);
  yield* events.splice(0);
  refuseUnended(plain, frame);
}
