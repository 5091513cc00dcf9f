/**
 * A credential of an HTTP API that makes it itself and lets two live beside each other. It is made while it is created, works at
 * once, and the old one is switched off after the overlap: what is off can be switched on again, until the next rotation removes it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusalError } from '../../runtime/errors.ts';
import { type Kind, type Old, RejectedError, type Subject } from '../kind.ts';
import type { Api } from './api.ts';
import type { Secret, Settings } from './contract.ts';
import { missing } from './decide-credentials.ts';
import { type Held, openEdgeGrid } from './edgegrid.ts';
import { look, type Making, make, noteStored, type Stored } from './make.ts';

/** How long an API may take until all of it knows that a credential was made, or switched off. */
const WAITS_MS = [1_000, 3_000, 6_000];

export const httpApi: Kind<Settings, Secret> = (subject) => {
  const { notes, run } = subject;
  const api = openEdgeGrid(subject);
  return {
    read: api.read,
    nameOf: api.nameOf,
    rehearse: (current: Held, previous?: Held) => rehearse({ api, notes, run }, { current, previous }),
    next: (current: Held, previous?: Held) => make({ api, notes }, { current, previous }),
    set: async ({ pending, current }: Both) => {
      await noteStored(notes);
      if (await api.works(pending)) return;
      const { credentials } = await api.list(current);
      const it = credentials.find(({ token }) => token === api.tokenOf(pending));
      if (!it?.isActive) throw new RejectedError('The API does not list the pending credential as an active one.');
      if (!(await settles(api, pending, { works: true, run })))
        throw new RefusalError('The API lists the pending credential as active, and turns it away.');
    },
    logsIn: api.works,
    prove: (versions: Both) => prove(api, versions),
    // The API tells nobody when a credential was last used: only what consumers say themselves delays this (F43).
    revoke: async (old: Old & { anyway: boolean; previous: Held; current: Held }) => {
      await switchOff(api, old);
      await settles(api, old.previous, { works: false, run });
      return [];
    },
  };
};

type Both = { pending: Held; current: Held };
type Run = Pick<Subject['run'], 'deadline'>;

/** Whether it comes to that within a while. Whoever calls this looks again by himself. */
async function settles(api: Api<Held>, held: Held, { works, run }: { works: boolean; run: Run }): Promise<boolean> {
  for (const waitMs of WAITS_MS) {
    if ((await api.works(held)) === works) return true;
    if (run.deadline.workMs() < 2 * waitMs) return false;
    await sleep(waitMs);
  }
  return (await api.works(held)) === works;
}

async function rehearse({ api, notes, run }: Making<Held> & { run: Subject<Settings>['run'] }, stored: Stored<Held>) {
  const { switched, retired } = notes.now();
  const overlaps = switched !== undefined && switched.from !== retired;
  const { remove } = await look({ api, notes }, stored, overlaps);
  const hours = run.settings.overlapHours;
  return [
    ...remove.map(({ id }) => `remove credential ${id}, which a rotation has made and nobody uses`),
    'make a new credential, and store it as the pending version',
    'log in with it, and hold what it may do against what the current one may',
    'make it the current version',
    `deactivate the one before, ${hours} hours later`,
  ];
}

async function prove(api: Api<Held>, { pending, current }: Both): Promise<void> {
  if (!(await api.works(pending))) throw new RefusalError('The pending credential does not log in.');
  await api.work(pending);
  // Where the current one was switched off, people are locked out already, and there is nothing to hold the new one against.
  if (api.tokenOf(pending) === api.tokenOf(current) || !(await api.works(current))) return;
  const less = missing(await api.grants(pending), await api.grants(current));
  if (less.length === 0) return;
  throw new RefusalError(`The pending credential may not do what the current one may: ${less.slice(0, 5).join('; ')}.`);
}

async function switchOff(api: Api<Held>, { previous, current }: { previous: Held; current: Held }): Promise<void> {
  if (api.tokenOf(previous) === api.tokenOf(current))
    throw new RefusalError('Both versions hold the same credential, and revoking it would lock everybody out.');
  // Asked as the one that stays: it works at this very moment, so nobody is left without.
  const { credentials } = await api.list(current);
  const old = credentials.find(({ token }) => token === api.tokenOf(previous));
  if (old?.isActive) await api.deactivate(current, old.id);
}
