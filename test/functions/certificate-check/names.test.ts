import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../local/listeners/authority.ts';
import { createLoopback, type Loopback } from '../../../local/listeners/loopback.ts';
import { secure, secureContext } from '../../../local/listeners/secure.ts';
import { useAccount } from '../runtime/account.ts';
import { check, HERE } from './check.ts';
import { type Names, startNameServer } from './name-server.ts';

useAccount();

describe('names, as a name server tells them', () => {
  let loopback: Loopback;
  let trust: object;
  let port: number;
  let connections = 0;
  let dns: { stop(): void };
  const names: Names = {
    'api.test': ['127.0.0.1', '127.0.0.9'],
    'inside.test': ['10.0.0.7'],
    'metadata.test': ['169.254.169.254'],
    'rebound.test': ['127.0.0.1'],
    'silent.test': 'silence',
    'broken.test': 'trouble',
  };

  beforeAll(async () => {
    dns = await startNameServer(names);
    loopback = createLoopback();
    const authority = await createAuthority(new Date());
    const good = secure(secureContext(await authority.present({ name: 'api.test', days: [-30, 60] })));
    port = await loopback.listen((socket) => {
      connections += 1;
      good(socket);
    });
    trust = { own: { pem: authority.rootPem } };
  });
  afterAll(async () => {
    dns.stop();
    await loopback.stop();
  });

  const look = (hosts: string[], settings: object = {}) =>
    check({ ...HERE, trust, endpoints: hosts.map((host) => ({ host, port, trust: 'own' })), ...settings });

  it('F82 every address of a name is connected to by that address, and the one that fails is named', async () => {
    const { findings, detail } = await look(['api.test']);
    expect(detail.certificates[0]?.served).toEqual([`api.test:${port} at 127.0.0.1`]);
    expect(findings).toMatchObject([
      { target: `api.test:${port}`, what: 'cannot be reached: no connection (ECONNREFUSED) (127.0.0.9)' },
    ]);
  });

  it.each([
    ['inside.test', 'private', '10.0.0.7'],
    ['metadata.test', 'link-local', '169.254.169.254'],
  ])('F85 %s, which leads to an address that is %s, is refused', async (host, kind, address) => {
    const { findings, durationMs } = await look([host]);
    expect(findings).toMatchObject([
      { target: `${host}:${port}`, what: `leads to an address that is ${kind} (${address})`, severity: 'warning' },
    ]);
    // Nobody waited for an answer from there.
    expect(durationMs).toBeLessThan(HERE.timeoutMs);
  });

  it('F85 a name that leads to loopback, which nobody allowed, is never connected to', async () => {
    const before = connections;
    const { findings, detail } = await look(['rebound.test', 'localhost', '127.0.0.1'], { allowedPrivateRanges: [] });
    expect(findings.map(({ what }) => what)).toEqual([
      'leads to an address that is loopback',
      'leads to an address that is loopback (127.0.0.1)',
      'leads to an address that is loopback (127.0.0.1)',
    ]);
    expect(detail.certificates).toEqual([]);
    expect(connections).toBe(before);
  });

  it.each([
    ['nowhere.test', 'cannot be reached: its name has no address'],
    ['broken.test', 'cannot be reached: its IPv4 addresses were not told (ESERVFAIL)'],
    ['silent.test', 'cannot be reached: its IPv4 addresses were not told (ETIMEOUT)'],
  ])('F86 %s is reported as unreachable within the time-out', async (host, what) => {
    const { findings, durationMs } = await look([host], { timeoutMs: 600, addressFamilies: ['ipv4'] });
    expect(findings).toMatchObject([{ target: `${host}:${port}`, severity: 'warning', what }]);
    expect(durationMs).toBeLessThan(1_500);
  });

  it('an address of a family that cannot be reached from here is not looked at, and never unreachable', async () => {
    const endpoints = [{ host: '::1', port, serverName: 'api.test', trust: 'own' }];
    const { findings, detail } = await look([], { endpoints, addressFamilies: ['ipv4'] });
    const target = `[::1]:${port} as api.test`;
    expect(findings).toMatchObject([{ severity: 'info', target, what: 'no address of it was looked at: IPv6 (::1)' }]);
    expect(detail.notLookedAt).toEqual({ total: 1, shown: [target] });
  });

  it('an address that is no name asks for no name, and says what to do about the certificate that is shown', async () => {
    const { findings } = await look(['127.0.0.1']);
    expect(findings).toMatchObject([
      {
        what: `is for api.test, and not for 127.0.0.1 (127.0.0.1:${port})`,
        remedy: expect.stringContaining('Give the endpoint a serverName'),
      },
    ]);
  });
});
