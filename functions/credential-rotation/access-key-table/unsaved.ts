/** A key that was made for a version which has lost its label since, so that nobody has its secret (F42). */
import { RefusalError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/postgres.ts';
import type { Pair } from './held.ts';
import { type Of, readUse, turnOff } from './rows.ts';

/** @returns its id; it may be off already, or never have been made */
export function unsavedKey({ notes }: Pick<Of, 'notes'>, current: Pair): string | undefined {
  const { own, setting, switched } = notes.now();
  const made = own?.made;
  const wasSwitchedTo = setting?.versionId === switched?.versionId;
  return typeof made === 'string' && made !== current.keyId && !wasSwitchedTo ? made : undefined;
}

/**
 * To be done before another one is made: only the last is remembered.
 * @throws RefusalError where it was used lately: then somebody has it after all, and a person must look
 */
export async function turnUnsavedOff(of: Of, actor: Session, current: Pair): Promise<void> {
  const keyId = unsavedKey(of, current);
  if (keyId === undefined) return;
  const { settings } = of.run;
  const unusedForSeconds = settings.overlapHours * 3_600;
  const disabling = { keyId, keeping: current.keyId, owner: of.entry.owner, unusedForSeconds };
  if (await turnOff(actor, settings, disabling)) return;
  const use = await readUse(actor, settings, { keyId, withinSeconds: unusedForSeconds });
  if (use?.isActive)
    throw new RefusalError(
      `The key ${keyId} was made by a rotation and is in no version; it was used at ${use.lastUsedAt?.toISOString()}. Turn it off by hand, or store it.`,
    );
}
