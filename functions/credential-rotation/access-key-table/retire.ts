/** The end of an old key: who still goes by it, and turning it off. */
import { RefusalError } from '../../runtime/errors.ts';
import type { Old, Use } from '../kind.ts';
import { pairOf } from './held.ts';
import { as, type Of, readUse, turnOff } from './rows.ts';

/**
 * A use since the switch delays, until a whole overlap has gone by without another one: programs read their secrets again some time
 * after it. The database says how long ago a key was used, and the store how long ago the switch was: no clock is held against another
 * (F18).
 */
function withinSecondsOf({ run }: Of, { switchedAt }: Old): number {
  const sinceSwitch = (run.store.now().getTime() - switchedAt.getTime()) / 1000;
  return Math.max(0, Math.min(run.settings.overlapHours * 3_600, sinceSwitch));
}

export async function usesOf(of: Of, old: Old): Promise<Use[]> {
  const { keyId } = pairOf(old.previous, of.entry);
  const asked = { keyId, withinSeconds: withinSecondsOf(of, old) };
  const use = await as(of, 'reader', (reader) => readUse(reader, of.run.settings, asked));
  return use?.isActive && use.isUsed ? [useOf(use)] : [];
}

export async function revoke(of: Of, old: Old & { anyway: boolean }): Promise<Use[]> {
  const { entry, run } = of;
  const { keyId } = pairOf(old.previous, entry);
  const keeping = pairOf(old.current, entry).keyId;
  const withinSeconds = withinSecondsOf(of, old);
  const unusedForSeconds = old.anyway ? null : withinSeconds;
  return as(of, 'actor', async (actor) => {
    if (await turnOff(actor, run.settings, { keyId, keeping, owner: entry.owner, unusedForSeconds })) return [];
    const use = await readUse(actor, run.settings, { keyId, withinSeconds });
    if (!use?.isActive) return [];
    if (use.isUsed && !old.anyway) return [useOf(use)];
    throw new RefusalError(
      `The key ${keyId} is left on: it is not one of ${entry.owner}’s, or ${keeping} is not in use.`,
    );
  });
}

function useOf({ lastUsedAt }: { lastUsedAt: Date | null }): Use {
  return { who: `somebody (last at ${lastUsedAt?.toISOString()})`, ...(lastUsedAt && { since: lastUsedAt }) };
}
