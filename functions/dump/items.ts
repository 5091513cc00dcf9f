/** Gives rows to whoever asked for their table. */
import type { DumpItem } from './dump.ts';
import type { Event } from './events.ts';

export async function* itemsOf(events: AsyncGenerator<Event>): AsyncGenerator<DumpItem> {
  for (;;) {
    const { value: event, done } = await events.next();
    if (done) return;
    // Rows that nobody asked for are passed over here, one after the other.
    if (event.kind === 'copy') yield { ...event, data: rowsOf(events) };
    else if (event.kind === 'statements' || event.kind === 'psql command') yield event;
  }
}

async function* rowsOf(events: AsyncGenerator<Event>): AsyncGenerator<Buffer> {
  for (;;) {
    const { value: event, done } = await events.next();
    if (done || event.kind === 'rows end') return;
    if (event.kind === 'rows') yield event.bytes;
  }
}
