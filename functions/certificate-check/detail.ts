/** What the report shows of all that was looked at, soonest end first; the whole list goes beside it. */
import type { Severity } from '../runtime/contract.ts';
import type { Detail, Endpoint, Row } from './contract.ts';
import type { Databases } from './database-ca.ts';
import { placeOf } from './decide-endpoint.ts';
import { daysBetween } from './ladder.ts';
import type { Sighting } from './look.ts';
import { type Subject, subjectEnd } from './subjects.ts';

const ROWS_SHOWN = 200;
const NOT_LOOKED_AT_SHOWN = 100;
const NAMES_SHOWN = 5;
const PLACES_SHOWN = 5;

type Everything = {
  subjects: Subject[];
  sightings: Sighting[];
  databases: Databases[];
  severityOf: (target: string) => Severity | undefined;
  endpoints: Endpoint[];
  ladderDays: number[];
  /** Milliseconds since 1970. */
  now: number;
  storedAt: string;
};

/** @returns the detail, and a line for each certificate */
export function detailOf(all: Everything): { detail: Detail; lines: string } {
  const { subjects, sightings, databases, endpoints, ladderDays, now, storedAt } = all;
  const bySoonest = subjects.toSorted((a, b) => subjectEnd(a) - subjectEnd(b));
  const rows = bySoonest.map((subject) => rowOf(subject, all));
  const blind = sightings
    .filter(({ seen }) => seen.kind === 'not looked at' || seen.kind === 'out of time')
    .map(placeOf);
  const detail: Detail = {
    endpoints: endpoints.length,
    addresses: sightings.length,
    certificates: rows.slice(0, ROWS_SHOWN),
    all: { certificates: rows.length, storedAt },
    instances: databases.flatMap(instancesOf),
    notLookedAt: { total: blind.length, shown: blind.slice(0, NOT_LOOKED_AT_SHOWN) },
    ladderDays,
    now: iso(now),
  };
  return { detail, lines: rows.map((row) => `${JSON.stringify(row)}\n`).join('') };
}

function rowOf(subject: Subject, { now, severityOf }: Everything): Row {
  const { facts, served, issued, target } = subject;
  const ends = served.flatMap(({ verified }) => verified.until ?? []);
  const severity = severityOf(target);
  return {
    names: facts.names.slice(0, NAMES_SHOWN),
    issuer: facts.issuer,
    fingerprint: facts.fingerprint,
    notBefore: iso(facts.notBefore),
    notAfter: iso(facts.notAfter),
    ...(ends.length > 0 && { chainNotAfter: iso(Math.min(...ends)) }),
    daysLeft: daysBetween(now, subjectEnd(subject)),
    ...(severity && { severity }),
    served: served.slice(0, PLACES_SHOWN).map(({ place }) => place),
    places: served.length,
    acm: issued.map(({ arn, inUseBy, renewal }) => {
      return { arn, usedBy: inUseBy.slice(0, PLACES_SHOWN), ...(renewal !== undefined && { renewal }) };
    }),
  };
}

function instancesOf({ instances, authorities }: Databases): Detail['instances'] {
  return instances.map(({ id, region, ca, serverUntil }) => {
    const caUntil = authorities.find((authority) => authority.id === ca)?.until;
    return {
      id,
      region,
      ca,
      ...(caUntil !== undefined && { caUntil: iso(caUntil) }),
      ...(serverUntil !== undefined && { serverUntil: iso(serverUntil) }),
    };
  });
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
