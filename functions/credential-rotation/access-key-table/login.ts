/** Tries a key at the system itself, and holds what it may do against what the one before it may. */
import { RefusalError } from '../../runtime/errors.ts';
import type { Pair } from './held.ts';
import { as, type Of, readRow, refuseDifferences } from './rows.ts';
import { readMasterKey, unseal } from './sealed.ts';
import { listBuckets, readBucket } from './system.ts';

const askingAs = ({ run }: Of, pair: Pair) => ({ endpoint: run.settings.endpoint, deadline: run.deadline, pair });

/**
 * A system that cannot reach its database says of every key that it does not know it. So the table must say the same (F36).
 * @throws RefusalError where the two do not agree, or the system says anything else
 */
export async function logsIn(of: Of, pair: Pair): Promise<boolean> {
  if (await listBuckets(askingAs(of, pair))) return true;
  const { masterKey, endpoint } = of.run.settings;
  const key = await readMasterKey(masterKey.secretArn);
  const row = await as(of, 'actor', (actor) => readRow(actor, of.run.settings, pair.keyId));
  if (row?.isUsable && unseal(row.sealed, key) === pair.secret)
    throw new RefusalError(
      `${new URL(endpoint.url).host} turns ${pair.keyId} away, though its row is in use and has this secret.`,
    );
  return false;
}

/** @throws RefusalError where the new key does not work, or is not like the current one (F38) */
export async function prove(of: Of, pending: Pair, current: Pair): Promise<void> {
  const { entry, run } = of;
  const before = await listBuckets(askingAs(of, current));
  const seen = await listBuckets(askingAs(of, pending));
  if (seen === undefined)
    throw new RefusalError(`${new URL(run.settings.endpoint.url).host} turns ${pending.keyId} away.`);
  const missing = [...(before ?? [])].filter((bucket) => !seen.has(bucket));
  // A bucket that somebody removed in between is missing from both now.
  const still = missing.length > 0 ? await listBuckets(askingAs(of, current)) : undefined;
  const lost = missing.filter((bucket) => still?.has(bucket));
  if (lost.length > 0)
    throw new RefusalError(`${pending.keyId} does not see ${lost.length} buckets of ${current.keyId}’s.`);
  if (entry.workBucket !== undefined) await readBucket(askingAs(of, pending), entry.workBucket);
  const pair = { keyId: pending.keyId, insteadOf: current.keyId };
  await as(of, 'reader', (reader) => refuseDifferences(reader, run.settings, pair));
}
