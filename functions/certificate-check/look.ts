/** Looks at every address of every endpoint, many at once. Whatever becomes of one is a sighting: none is skipped. */
import type { Deadline } from '../runtime/deadline.ts';
import { openGuard } from './address.ts';
import type { Certificate } from './certificate.ts';
import type { Certificates } from './certificates.ts';
import type { Endpoint, Settings } from './contract.ts';
import { dial } from './dial.ts';
import type { DialError, FailureKind } from './dial-error.ts';
import { sniOf } from './endpoint.ts';
import { type Family, openResolver, type Resolve } from './resolve.ts';
import { openSlots, type Slots } from './slots.ts';

type Seen =
  | { kind: 'served'; chain: Certificate[]; tls: string }
  | { kind: FailureKind; detail: string }
  /** The address is one that must not be connected to. */
  | { kind: 'refused address'; detail: string }
  /** This placement has no way there. */
  | { kind: 'not looked at'; detail: string }
  | { kind: 'out of time' };

/** `address` is undefined where the name led to none. */
export type Sighting = { endpoint: Endpoint; address: string | undefined; seen: Seen };

type Looking = {
  settings: Pick<Settings, 'timeoutMs' | 'concurrency' | 'allowedPrivateRanges' | 'addressFamilies'>;
  certificates: Certificates;
  deadline: Deadline;
};

/** Names may have many addresses; more than these is no service, but somebody's idea of one. */
const MOST_ADDRESSES = 64;

/** Real chains have two to five; each more is a signature that a stranger makes us verify. */
const MOST_SERVED = 20;

export async function look(endpoints: Endpoint[], { settings, certificates, deadline }: Looking): Promise<Sighting[]> {
  const tools: Tools = {
    slots: openSlots(settings.concurrency),
    resolve: openResolver(settings.timeoutMs),
    forbidden: openGuard(settings.allowedPrivateRanges),
    families: new Set(settings.addressFamilies),
    timeoutMs: settings.timeoutMs,
    certificates,
    deadline,
  };
  return (await Promise.all(endpoints.map((endpoint) => lookAt(endpoint, tools)))).flat();
}

type Tools = {
  slots: Slots;
  resolve: Resolve;
  /** Why an address must not be connected to. */
  forbidden: (address: string) => string | undefined;
  families: ReadonlySet<Family>;
  timeoutMs: number;
  certificates: Certificates;
  deadline: Deadline;
};

async function lookAt(endpoint: Endpoint, tools: Tools): Promise<Sighting[]> {
  const { slots, resolve, families, deadline } = tools;
  if (deadline.workMs() === 0) return [{ endpoint, address: undefined, seen: { kind: 'out of time' } }];
  const [resolved, tookMs] = await slots(() => timed(() => resolve(endpoint.host)));
  const failures = resolved.failed
    .filter(({ family }) => families.has(family))
    .map(({ family, because }) => unresolved(endpoint, `its ${NAMES[family]} addresses were not told (${because})`));
  if (resolved.addresses.length === 0 && failures.length === 0)
    return [unresolved(endpoint, 'its name has no address')];
  const leftMs = Math.max(1, tools.timeoutMs - tookMs);
  const looked = resolved.addresses.map(async ({ address, family }, index): Promise<Sighting> => {
    if (index >= MOST_ADDRESSES)
      return { endpoint, address, seen: { kind: 'not looked at', detail: 'one of too many' } };
    if (!families.has(family)) return { endpoint, address, seen: { kind: 'not looked at', detail: NAMES[family] } };
    return { endpoint, address, seen: await seenAt(address, endpoint, { ...tools, timeoutMs: leftMs }) };
  });
  return [...failures, ...(await Promise.all(looked))];
}

const NAMES: Record<Family, string> = { ipv4: 'IPv4', ipv6: 'IPv6' };

function unresolved(endpoint: Endpoint, detail: string): Sighting {
  return { endpoint, address: undefined, seen: { kind: 'unreachable', detail } };
}

async function seenAt(address: string, endpoint: Endpoint, tools: Tools): Promise<Seen> {
  const forbidden = tools.forbidden(address);
  if (forbidden !== undefined) return { kind: 'refused address', detail: forbidden };
  const { port, protocol } = endpoint;
  return tools.slots(async () => {
    if (tools.deadline.workMs() === 0) return { kind: 'out of time' };
    try {
      const { chain, tls } = await dial({ address, port, protocol, sni: sniOf(endpoint), timeoutMs: tools.timeoutMs });
      return { kind: 'served', chain: chain.slice(0, MOST_SERVED).map((x509) => tools.certificates.add(x509)), tls };
    } catch (error) {
      const { kind, message } = error as DialError;
      return { kind, detail: message };
    }
  });
}

async function timed<Value>(work: () => Promise<Value>): Promise<[Value, number]> {
  const from = performance.now();
  return [await work(), Math.round(performance.now() - from)];
}
