/** Has Secrets Manager rotate one secret by its own function, and waits until it is done. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, RefusalError } from '../../runtime/errors.ts';
import type { Invocation } from '../../runtime/invocation.ts';
import type { Outcome } from '../../runtime/report.ts';
import type { KindName } from '../contract.ts';
import { openSecrets } from '../secrets.ts';

export type Item = {
  secretArn: string;
  kind: KindName;
  name: string;
  /** A run of the same kind that died has rotated it already. */
  isDone: boolean;
};

/** Four steps; a cache takes minutes to apply one. */
const LONGEST_ROTATION_MS = 5 * 60_000;
const LOOK_EVERY_MS = 500;

export function outcomeOf({ name }: Item, status: Outcome['status'], error?: string): Outcome {
  const why = 'the rotation of all was asked for';
  return { target: name, action: 'rotate', why, status, ...(error !== undefined && { error }) };
}

/** What one secret refuses is its own outcome: in an incident, the others must not wait for it. */
export async function rotateOne(
  { deadline }: Pick<Invocation<unknown, unknown>, 'deadline'>,
  item: Item,
): Promise<Outcome> {
  if (item.isDone) return outcomeOf(item, 'skipped', 'the run before, which died, has rotated it');
  const secrets = openSecrets();
  const { secretArn, kind } = item;
  try {
    const versionId = await secrets.startRotation(secretArn, randomUUID());
    const endsAt = performance.now() + Math.min(LONGEST_ROTATION_MS, deadline.workMs());
    while (performance.now() < endsAt) {
      const { current, pending } = await secrets.describe(secretArn);
      if (current === versionId && pending !== versionId) return outcomeOf(item, 'done');
      await sleep(LOOK_EVERY_MS);
    }
    const where = `the reports of credential-rotation-${kind}`;
    return outcomeOf(
      item,
      'failed',
      `version ${versionId} is not the current one yet; see ${where}, which also mends it`,
    );
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    return outcomeOf(item, 'failed', describe(error));
  }
}
