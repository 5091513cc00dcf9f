/** One name, and several answers to who it is: by address, by family, and by the name that the client asks for. */
import type { Ground, Listener, Started } from './listener.ts';
import { GOOD, nameOf } from './plants.ts';
import { secure, secureContext } from './secure.ts';

const FIRST = '127.0.0.1';
/** Linux has all of 127/8; other systems only what was configured. */
const SECOND = '127.0.0.2';
const SIXTH = '::1';
/** The second address may have the port that is free at the first taken. */
const ATTEMPTS = 5;

export async function startAtAddresses(ground: Ground): Promise<Started> {
  const [two, six] = await Promise.all([ground.loopback.has(SECOND), ground.loopback.has(SIXTH)]);
  const absent = (plant: string, host: string) => ({ plant, reason: `this machine has no address ${host}` });
  return {
    listeners: [
      await needingServerName(ground),
      ...(six ? [await goodAtSixth(ground)] : []),
      ...(two ? await twoAddresses(ground) : []),
    ],
    leftOut: [...(six ? [] : [absent('good-ipv6', SIXTH)]), ...(two ? [] : [absent('two-addresses', SECOND)])],
  };
}

async function needingServerName({ authority, loopback }: Ground): Promise<Listener> {
  const serverName = nameOf('needs-server-name');
  const presented = await authority.present({ name: serverName, days: GOOD });
  const others = await authority.present({ name: nameOf('hosted-beside'), days: GOOD });
  const manner = secure(secureContext(others), { [serverName]: secureContext(presented) });
  const expected = 'No finding: without its server name (SNI) another host’s certificate is served.';
  const port = await loopback.listen(manner);
  const { certPem } = presented;
  return { plant: 'needs-server-name', host: FIRST, port, protocol: 'tls', serverName, expected, certPem };
}

async function goodAtSixth({ authority, loopback }: Ground): Promise<Listener> {
  const serverName = nameOf('good-ipv6');
  const presented = await authority.present({ name: serverName, days: GOOD });
  const port = await loopback.listen(secure(secureContext(presented)), SIXTH);
  const { certPem } = presented;
  return { plant: 'good-ipv6', host: SIXTH, port, protocol: 'tls', serverName, expected: 'No finding.', certPem };
}

async function twoAddresses({ authority, loopback }: Ground): Promise<Listener[]> {
  const serverName = nameOf('two-addresses');
  const fresh = await authority.present({ name: serverName, days: GOOD });
  const stale = await authority.present({ name: serverName, days: [-88, 2] });
  const port = await samePort(loopback, [secure(secureContext(fresh)), secure(secureContext(stale))]);
  const shared = { port, protocol: 'tls', serverName } as const;
  const expected = 'Expires in 2 days at this address, though the other one has the renewed certificate.';
  return [
    { ...shared, plant: 'two-addresses', host: FIRST, expected: 'No finding.', certPem: fresh.certPem },
    { ...shared, plant: 'two-addresses-stale', host: SECOND, expected, certPem: stale.certPem },
  ];
}

type Pair = [atFirst: ReturnType<typeof secure>, atSecond: ReturnType<typeof secure>];

async function samePort(loopback: Ground['loopback'], [atFirst, atSecond]: Pair): Promise<number> {
  let taken: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = await loopback.listen(atFirst, FIRST);
    try {
      return await loopback.listen(atSecond, SECOND, port);
    } catch (error) {
      taken = error;
    }
  }
  throw new Error(`no port is free at both ${FIRST} and ${SECOND}`, { cause: taken });
}
