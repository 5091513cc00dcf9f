/** Judges one database that lies on the isolated PostgreSQL, and the server itself. Pure. */
import { readLabel, readName } from './name.ts';

/** `owned`: by the role that we are. `comment` is null where it has none. */
export type Lying = { name: string; owned: boolean; comment: string | null };

export type Judged = { act: 'drop' | 'wait' | 'leave'; why: string };

const HOUR_MS = 3_600_000;

/**
 * Undefined: it is none of our business. Only what has our name, belongs to our role, has our label or (where the run died before it
 * could give one) none at all, and is old, was left behind by us. All that has our name and is not ours is left alone, and said.
 * @param now milliseconds since 1970, by the server's clock
 */
export function judge(
  { name, owned, comment }: Lying,
  { mark, now, sweepAfterHours }: { mark: string; now: number; sweepAfterHours: number },
): Judged | undefined {
  const named = readName(name);
  if (named?.mark !== mark) return undefined;
  if (!owned) return { act: 'leave', why: 'it has the name of a scratch database, and belongs to another role' };
  const label = comment === null ? undefined : readLabel(comment);
  if (comment !== null && label?.mark !== mark)
    return { act: 'leave', why: 'it has the name of a scratch database, and a comment that is not ours' };
  // Where name and label disagree, it is as young as either says.
  const hours = (now - Math.max(named.at, label?.at ?? named.at)) / HOUR_MS;
  if (hours < sweepAfterHours) return { act: 'wait', why: 'it is young, and a run may be at work in it' };
  return { act: 'drop', why: `it was left behind ${Math.floor(hours)} hours ago` };
}

/** What is known of the server and of the role that we are on it. */
export type Ground = {
  systemIdentifier: string;
  /** As in `server_version_num`. */
  version: number;
  role: {
    name: string;
    /** Attributes that give more power than a restore may have, as SQL spells them. */
    powers: string[];
    createsDatabases: boolean;
    memberOf: string[];
    /** Databases of its own, or with something of its own inside, that are no scratch. */
    ownsIn: string[];
  };
};

/** What must never be restored into. `addresses` are those that its hosts resolve to, as far as they can be resolved here. */
export type Source = { hosts: string[]; addresses: string[]; systemIdentifier: string };

/** Why nothing may be restored here; empty where it may. */
export function unfit({ systemIdentifier, version, role }: Ground, source: Pick<Source, 'systemIdentifier'>): string[] {
  return [
    ...(version < OLDEST ? [`its server is older than PostgreSQL 13, and cannot drop a database in use`] : []),
    ...(systemIdentifier === source.systemIdentifier
      ? [`it is the source itself, or a physical copy of it: both have the system identifier ${systemIdentifier}`]
      : []),
    ...(role.powers.length > 0 ? [`its role ${role.name} has ${role.powers.join(', ')}`] : []),
    ...(role.memberOf.length > 0 ? [`its role ${role.name} is a member of ${role.memberOf.join(', ')}`] : []),
    ...(role.ownsIn.length > 0 ? [`its role ${role.name} owns ${role.ownsIn.join(', ')}`] : []),
    ...(role.createsDatabases ? [] : [`its role ${role.name} may not create databases`]),
  ];
}

/** The first that has DROP DATABASE … WITH (FORCE). */
const OLDEST = 130_000;

type Place = { host: string; addresses: string[] };

/** Why not even a password may be sent there; undefined where it may. */
export function isSource({ host, addresses }: Place, source: Omit<Source, 'systemIdentifier'>): string | undefined {
  if (source.hosts.some((one) => plainHost(one) === plainHost(host)))
    return `its host ${host} is one of the source’s hosts`;
  const same = source.addresses.find((address) => addresses.includes(address));
  return same === undefined ? undefined : `its host ${host} has an address of the source, ${same}`;
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
