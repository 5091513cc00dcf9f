/**
 * A key of a system's own table. Two live beside each other: a new row is made, and the old one is turned off after the overlap. A key
 * is stored before its row is made, so none is ever in use whose secret nobody has.
 */
import type { Credential, Kind, Old } from '../kind.ts';
import type { Secret, Settings } from './contract.ts';
import { pairOf, readHeld, withPair } from './held.ts';
import { logsIn, prove } from './login.ts';
import { acceptable, make, refuseUnlessInOrder } from './make.ts';
import { revoke, usesOf } from './retire.ts';
import { as, type Of, readUse } from './rows.ts';
import { readMasterKey } from './sealed.ts';
import { turnUnsavedOff, unsavedKey } from './unsaved.ts';

type Versions = { pending: Credential; current: Credential };

export const accessKeyTable: Kind<Settings, Secret> = (of) => ({
  read: (text) => readHeld(text, of.entry),
  nameOf: (held: Credential) => `access key ${pairOf(held, of.entry).keyId} of ${of.entry.owner}`,
  rehearse: (current: Credential) => rehearse(of, current),
  next: (current: Credential) => next(of, current),
  set: ({ pending, current }: Versions) => make(of, pairOf(pending, of.entry), pairOf(current, of.entry)),
  logsIn: (held: Credential) => logsIn(of, pairOf(held, of.entry)),
  prove: ({ pending, current }: Versions) => prove(of, pairOf(pending, of.entry), pairOf(current, of.entry)),
  uses: (old: Old) => usesOf(of, old),
  revoke: (old: Old & { anyway: boolean }) => revoke(of, old),
});

async function rehearse(of: Of, held: Credential): Promise<string[]> {
  const { entry, run } = of;
  const current = pairOf(held, entry);
  const masterKey = await readMasterKey(run.settings.masterKey.secretArn);
  await as(of, 'actor', async (actor) => {
    await refuseUnlessInOrder(of, actor, { current, masterKey });
    await acceptable(of, actor, { current, masterKey });
  });
  // Whatever the new key will be tried with must work before there is one.
  await prove(of, current, current);
  await as(of, 'reader', (reader) => readUse(reader, run.settings, { keyId: current.keyId, withinSeconds: 0 }));
  const unsaved = unsavedKey(of, current);
  return [
    ...(unsaved === undefined ? [] : [`turn off ${unsaved}, which no version holds`]),
    'store a new key with its secret as the pending version',
    `make a row of it for ${entry.owner}, like that of ${current.keyId}`,
    'list buckets with it, and hold it against the old one',
    'make it the current version',
    `after the overlap, turn ${current.keyId} off, and try it`,
  ];
}

async function next(of: Of, held: Credential): Promise<Credential> {
  const current = pairOf(held, of.entry);
  const masterKey = await readMasterKey(of.run.settings.masterKey.secretArn);
  const pair = await as(of, 'actor', async (actor) => {
    await turnUnsavedOff(of, actor, current);
    return acceptable(of, actor, { current, masterKey });
  });
  return withPair(held, pair, of.entry);
}
