/** What RDS says of its databases' certificates, and what that asks of the clients. Pure. */
import { endIn } from './decide.ts';
import { rungOf } from './ladder.ts';
import { type Problem, problem, problemOnLadder } from './problem.ts';

/** Times are milliseconds since 1970. */
export type Instance = {
  id: string;
  region: string;
  /** `host:port`; undefined while it is being made. */
  endpoint: string | undefined;
  ca: string;
  /** The CA that it is about to move to. */
  pendingCa: string | undefined;
  serverUntil: number | undefined;
};

export type Authority = {
  id: string;
  /** SHA-1 of the CA's certificate, 40 hexadecimal digits, by which RDS names it. */
  thumbprint: string;
  until: number;
};

export type Databases = {
  region: string;
  instances: Instance[];
  authorities: Authority[];
  /** The id of the CA that new instances of this account get. */
  defaultCa: string | undefined;
};

type Frame = { now: number; ladderDays: number[] };

/** @param isServed whether its endpoint was looked at: then its server certificate is told of there */
export function judgeInstance(
  instance: Instance,
  region: Databases,
  { now, ladderDays, isServed }: Frame & { isServed: boolean },
): Problem[] {
  const until = isServed ? undefined : instance.serverUntil;
  const rung = until === undefined ? undefined : rungOf({ until, now, ladderDays });
  const problems = judgeCa(instance, region, { now, ladderDays });
  if (until === undefined || rung === undefined) return problems;
  const what = `its server certificate ${endIn(until, now)}`;
  return [...problems, problemOnLadder('expiring server certificate', rung, what)];
}

function judgeCa(instance: Instance, { authorities, defaultCa }: Databases, { now, ladderDays }: Frame): Problem[] {
  const ca = authorities.find(({ id }) => id === instance.ca);
  if (ca === undefined) return [problem('unknown CA', `is on ${instance.ca}, which RDS no longer offers here`)];
  const rung = rungOf({ until: ca.until, now, ladderDays });
  const successor = authorities.find(({ id }) => id === defaultCa);
  const isOld = successor !== undefined && ca.until < successor.until && instance.pendingCa !== successor.id;
  return [
    ...(rung ? [problemOnLadder('expiring CA', rung, `its CA, ${ca.id}, ${endIn(ca.until, now)}`)] : []),
    ...(isOld ? [problem('old CA', `is still on ${ca.id}; new databases get ${successor.id}`)] : []),
  ];
}

/**
 * Whether the clients trust what the databases of one region have, and what they will have next.
 * @param thumbprints SHA-1 of each certificate in the clients' bundle, hexadecimal
 */
export function judgeBundle(
  { instances, authorities, defaultCa }: Databases,
  thumbprints: ReadonlySet<string>,
): Problem[] {
  const lacks = (id: string) => {
    const authority = authorities.find((one) => one.id === id);
    return authority !== undefined && !thumbprints.has(authority.thumbprint);
  };
  const inUse = new Set(instances.map(({ ca }) => ca));
  const next = new Set(instances.map(({ pendingCa }) => pendingCa ?? defaultCa).filter((id) => id !== undefined));
  const usersOf = (ca: string) => instances.filter((instance) => instance.ca === ca).map(({ id }) => id);
  return [
    ...[...inUse].filter(lacks).map((ca) => problem('bundle lacks the CA in use', `does not hold ${ca}`, usersOf(ca))),
    ...[...next]
      .filter((ca) => !inUse.has(ca) && lacks(ca))
      .map((ca) => problem('bundle lacks the next CA', `does not hold ${ca}, which databases will move to`)),
  ];
}
