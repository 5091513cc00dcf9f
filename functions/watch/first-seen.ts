/** When the watcher first knew of each runbook, in its state: a schedule that never ran ages from then. */
import { EvidenceError } from '../runtime/errors.ts';
import type { Invocation } from '../runtime/invocation.ts';
import { type Input, nameOf, type Settings } from './contract.ts';

type FirstSeen = Record<string, string>;

/** @returns for the name of each, when it was first seen */
export async function rememberFirstSeen({
  store,
  stateKey,
  settings,
  now,
}: Invocation<Settings, Input>): Promise<(name: string) => Date> {
  const key = stateKey('first-seen.json');
  const seen = await store.readJson<FirstSeen>(key);
  const known: FirstSeen = seen.value ?? {};
  const all = Object.fromEntries(settings.watched.map(nameOf).map((name) => [name, known[name] ?? now.toISOString()]));
  if (JSON.stringify(all) !== JSON.stringify(known)) {
    const written = await store.writeJson(key, all, seen);
    if (written === undefined) throw new EvidenceError(`${key} was changed by another run of the watcher.`);
  }
  return (name) => new Date(all[name] ?? now);
}
