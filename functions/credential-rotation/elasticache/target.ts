/**
 * Rotates a password of ElastiCache, which has two for the time of an overlap. ElastiCache is asked to change it, and the cache itself
 * whether it has: a change takes seconds to minutes, and is done when a login says so (F41).
 */
import { RefusalError } from '../../runtime/errors.ts';
import type { Old, Subject, Target } from '../kind.ts';
import { newPassword } from '../password.ts';
import { type Cache, cacheOf } from './cache.ts';
import { comesTrue } from './comes-true.ts';
import type { CacheSecret } from './contract.ts';
import { type Held, readHeld } from './held.ts';
import type { Login } from './login.ts';

/** What ElastiCache can be told of the passwords of one user. */
export type Keeper = {
  /** Who that is, for a person. */
  name: string;
  /** @returns `hasTwo` as far as ElastiCache tells it. @throws RefusalError where it is not what was deployed, or cannot be changed */
  look(): Promise<{ isSettled: boolean; hasTwo: boolean }>;
  /** Begins to have both of them work. @throws RejectedError where ElastiCache does not take the new one; RefusalError */
  keepBoth(passwords: { pending: string; kept: string }): Promise<void>;
  /** Begins to have nothing but this one work. @throws RefusalError */
  keepOnly(password: string): Promise<void>;
};

type Keeping = {
  subject: Subject<unknown, CacheSecret>;
  keeper: Keeper;
  username: string;
  /** What a login says of a held one: a token has no user name. */
  loginOf: (held: Held) => Login;
};

/** For how long a change that ElastiCache says is done may take to be seen at each endpoint. */
const ARRIVAL_MS = 60_000;
/** The same for one that somebody else may have asked for. */
const STRAY_ARRIVAL_MS = 5_000;

export function targetOf({ subject, keeper, username, loginOf }: Keeping): Target {
  const { run, entry } = subject;
  const cache = cacheOf(entry, username, run.deadline);
  // The new one sees them; where it does not work, that is a finding of its own, and the old one sees them as well.
  const connections = async ({ previous, current, switchedAt }: Old) => {
    const isIn = (await cache.letsIn(loginOf(current as Held))) === 'everywhere';
    const login = loginOf((isIn ? current : previous) as Held);
    return cache.connections(login, { now: run.store.now(), before: switchedAt });
  };
  const changing = { subject, keeper, loginOf, cache };
  const isSeen = entry.connections === 'seen';
  return {
    read: (text) => readHeld(text, entry, username),
    nameOf: () => keeper.name,
    rehearse: (current: Held) => rehearse(changing, current),
    next: async (current: Held) => ({ ...current, password: newPassword() }),
    set: (versions: { pending: Held; current: Held; previous?: Held }) => set(changing, versions),
    logsIn: async (held: Held) => definite(await cache.letsIn(loginOf(held)), entry),
    // It is the same user, so it may do what it could before.
    prove: ({ pending }: { pending: Held; current: Held }) => cache.proves(loginOf(pending)),
    ...(isSeen && { uses: connections }),
    revoke: async (old) => {
      const uses = isSeen ? await connections(old) : [];
      if (uses.length === 0 || old.anyway)
        await revoke(changing, { previous: old.previous as Held, current: old.current as Held });
      return uses;
    },
  };
}

function definite(where: Awaited<ReturnType<Cache['letsIn']>>, { server }: CacheSecret): boolean {
  if (where !== 'somewhere') return where === 'everywhere';
  throw new RefusalError(`The endpoints ${server.hosts.join(', ')} do not agree about a password.`);
}

type Changing = Omit<Keeping, 'username'> & { cache: Cache };

async function rehearse({ subject, keeper, loginOf, cache }: Changing, current: Held): Promise<string[]> {
  const { isSettled, hasTwo } = await keeper.look();
  if (!isSettled) throw new RefusalError(`${keeper.name} is being changed at this moment.`);
  if (hasTwo && !isOurs(subject)) throw tooMany(keeper);
  await cache.proves(loginOf(current));
  return [
    'store a new password as the pending version',
    `have ElastiCache take it as the second one of ${keeper.name}`,
    'log in with it, and work',
    'make it the current version',
    'after the overlap, leave the current one alone valid, and try the old one',
  ];
}

/** Whether a second password is expected: a rotation has come half-way, or its old one is not revoked yet. */
function isOurs({ notes }: Changing['subject']): boolean {
  const { setting, switched, retired } = notes.now();
  const isHalfWay = setting !== undefined && setting.versionId !== switched?.versionId;
  return isHalfWay || (switched !== undefined && retired !== switched.from);
}

function tooMany({ name }: Keeper): RefusalError {
  return new RefusalError(
    `${name} has two passwords already, and one of them is not known: a third would end it while somebody may use it. Leave it the current one only.`,
  );
}

/** What was begun, also by an attempt that died, is awaited before anything else is asked for. */
async function set(changing: Changing, versions: { pending: Held; current: Held; previous?: Held }): Promise<void> {
  const { keeper, loginOf, cache, subject } = changing;
  const { deadline } = subject.run;
  const works = async () => (await cache.letsIn(loginOf(versions.pending))) === 'everywhere';
  const { hasTwo } = await settled(changing);
  if (await works()) return;
  // Those two may be the ones that are to work, on their way; if not, they are not ours to end (F42).
  if (hasTwo && (await comesTrue(works, { deadline, mostMs: STRAY_ARRIVAL_MS }))) return;
  if (hasTwo) throw tooMany(keeper);
  const kept = await known(changing, versions);
  await keeper.keepBoth({ pending: versions.pending.password, kept: kept.password });
  await settled(changing);
  if (!(await comesTrue(works, { deadline, mostMs: ARRIVAL_MS })))
    throw late(keeper, 'does not let the new password in yet');
}

/** The one that works now. The version before the current one, where somebody has put the cache back to an older state. */
async function known({ loginOf, cache, subject }: Changing, { current, previous }: { current: Held; previous?: Held }) {
  for (const held of previous ? [current, previous] : [current])
    if (definite(await cache.letsIn(loginOf(held)), subject.entry)) return held;
  throw new RefusalError(`No stored version of ${subject.entry.secretArn} logs in: a person must set its password.`);
}

/** @throws RefusalError where the current one does not work: then the old one may be all that does */
async function revoke(changing: Changing, { previous, current }: { previous: Held; current: Held }): Promise<void> {
  const { keeper, loginOf, cache, subject } = changing;
  const isDead = async () => (await cache.letsIn(loginOf(previous))) === 'nowhere';
  await settled(changing);
  if ((await cache.letsIn(loginOf(current))) !== 'everywhere')
    throw new RefusalError('The current one does not log in everywhere, so the old one is left alone.');
  if (await isDead()) return;
  await keeper.keepOnly(current.password);
  await settled(changing);
  const { deadline } = subject.run;
  if (!(await comesTrue(isDead, { deadline, mostMs: ARRIVAL_MS })))
    throw late(keeper, 'still lets the old password in');
}

async function settled({ keeper, subject }: Changing): Promise<{ hasTwo: boolean }> {
  let hasTwo = false;
  const isSettled = async () => {
    const looked = await keeper.look();
    hasTwo = looked.hasTwo;
    return looked.isSettled;
  };
  if (!(await comesTrue(isSettled, { deadline: subject.run.deadline }))) throw late(keeper, 'is still being changed');
  return { hasTwo };
}

function late({ name }: Keeper, what: string): RefusalError {
  return new RefusalError(`${name} ${what}. What was begun goes on by itself; the same again goes on from there.`);
}
