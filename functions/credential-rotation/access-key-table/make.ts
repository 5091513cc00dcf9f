/** Makes a key: looks whether that can be done, tries it and undoes it, and does it once. */
import { RefusalError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/postgres.ts';
import { RejectedError } from '../kind.ts';
import { newPair, type Pair } from './held.ts';
import { as, makeRow, type Of, type Row, readRow, refuseUnknownColumns, tried, turnOff } from './rows.ts';
import { readMasterKey, seal, unseal } from './sealed.ts';
import { disableRow } from './sql.ts';
import { turnUnsavedOff } from './unsaved.ts';

/** The table, and the key that is to be replaced. */
type Place = { current: Pair; masterKey: Buffer };

/** @throws RefusalError where the table is not as settings say, or its row is not what the secret says */
export async function refuseUnlessInOrder(of: Of, actor: Session, { current, masterKey }: Place): Promise<void> {
  const { settings } = of.run;
  await refuseUnknownColumns(actor, settings);
  const row = await readRow(actor, settings, current.keyId);
  const objection = objectionTo(of, row, { current, masterKey });
  if (objection !== undefined) throw new RefusalError(`The key ${current.keyId} ${objection}`);
  // PostgreSQL checks permissions also for what it only explains: the way to turn a key off must be there before there are two.
  await actor.query(`EXPLAIN ${disableRow(settings)}`, [null, null, null, null]);
}

function objectionTo(of: Of, row: Row | undefined, { current, masterKey }: Place): string | undefined {
  const { entry, run } = of;
  if (row === undefined) return 'is not in the table.';
  if (row.owner !== entry.owner)
    return `is ${row.owner ?? 'nobody'}’s, and only a key of ${entry.owner}’s is deployed to be rotated.`;
  if (!row.isOwnerActive) return `is of ${entry.owner}, who is not active.`;
  if (!row.isUsable) return 'is turned off, or its time is over.';
  const opened = unseal(row.sealed, masterKey);
  if (opened === undefined)
    return `has a row that cannot be opened with the master key of ${run.settings.masterKey.secretArn}.`;
  if (opened !== current.secret) return 'has another secret in the table than in its current version.';
  return undefined;
}

/** What the table does not take is replaced so often before anything is stored (F33). */
const MOST_TRIES = 3;

/** @returns a key that the table would take */
export async function acceptable(of: Of, actor: Session, { current, masterKey }: Place): Promise<Pair> {
  for (let tries = 1; ; tries += 1) {
    const pair = newPair();
    try {
      await tried(actor, async () => {
        await turnUnsavedOff(of, actor, current);
        await turnWaitingOff(of, actor, current);
        await makeRow(actor, of.run.settings, rowOf(of, pair, { current, masterKey }));
      });
      return pair;
    } catch (error) {
      if (!(error instanceof RejectedError) || tries === MOST_TRIES) throw error;
    }
  }
}

/** A rotation begins only when the old key of the last one is off: so does the trial of one, whose room it may need. */
async function turnWaitingOff({ entry, notes, run }: Of, actor: Session, current: Pair): Promise<void> {
  const { own, switched, retired } = notes.now();
  const isWaiting = switched !== undefined && retired !== switched.from && own?.made === current.keyId;
  if (!isWaiting || typeof own?.replaced !== 'string') return;
  const disabling = { keyId: own.replaced, keeping: current.keyId, owner: entry.owner, unusedForSeconds: null };
  await turnOff(actor, run.settings, disabling);
}

/** Twice is once: what another attempt has made is ours where it holds the very secret that is stored. */
export async function make(of: Of, pending: Pair, current: Pair): Promise<void> {
  const { notes, run } = of;
  const { keyId } = pending;
  const masterKey = await readMasterKey(run.settings.masterKey.secretArn);
  await as(of, 'actor', async (actor) => {
    const row = await readRow(actor, run.settings, keyId);
    if (row !== undefined) return mustBeOurs(of, row, { pending, masterKey });
    // First, so that a row whose version loses its label is found again.
    const own = { made: keyId, replaced: current.keyId };
    if (notes.now().own?.made !== keyId) await notes.write({ own });
    await makeRow(actor, run.settings, rowOf(of, pending, { current, masterKey }));
  });
}

function mustBeOurs(
  { entry }: Of,
  row: Row,
  { pending: { keyId, secret }, masterKey }: { pending: Pair; masterKey: Buffer },
): void {
  if (row.owner !== entry.owner || unseal(row.sealed, masterKey) !== secret)
    throw new RejectedError(`The table has a key ${keyId} already, with another secret or owner.`);
  if (!row.isUsable) throw new RefusalError(`The new key ${keyId} was turned off by somebody.`);
}

function rowOf({ entry }: Of, { keyId, secret }: Pair, { current, masterKey }: Place) {
  return { keyId, sealed: seal(secret, masterKey), insteadOf: current.keyId, owner: entry.owner };
}
