/** What a run leaves to the next. Pure. */
import type { Sighting } from './look.ts';
import type { Memory } from './memory.ts';

/** Of a source that could not be looked at, all is kept as it was. */
export function learnt(memory: Memory, sightings: Sighting[]): Memory {
  const next: Memory = { sources: {}, dumps: {}, bytesPerSecond: {} };
  for (const sighting of sightings) learn(next, memory, sighting);
  return next;
}

function learn(next: Memory, memory: Memory, sighting: Sighting): void {
  const { name } = sighting.source;
  const isSeen = 'looked' in sighting;
  const dump = isSeen ? sighting.dump : undefined;
  keep(next.sources, name, isSeen ? sighting.looked.memory : undefined, memory.sources);
  keep(next.dumps, name, dump?.inOrder, memory.dumps);
  keep(next.bytesPerSecond, name, dump?.bytesPerSecond, memory.bytesPerSecond);
  const going = isSeen ? dump?.going : memory.going;
  if (going?.source === name) next.going = going;
}

function keep<Value>(
  to: Record<string, Value>,
  name: string,
  value: Value | undefined,
  before: Record<string, Value>,
): void {
  const kept = value ?? before[name];
  if (kept !== undefined) to[name] = kept;
}
