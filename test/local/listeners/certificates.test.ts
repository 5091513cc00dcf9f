import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listener } from '../../../local/listeners/listener.ts';
import { type Listeners, startListeners } from '../../../local/listeners/listeners.ts';
import { look } from './client.ts';

const DAY_MS = 86_400_000;

describe('the local listeners that serve a certificate', () => {
  const now = new Date();
  let local: Listeners;
  beforeAll(async () => {
    local = await startListeners({ now });
  });
  afterAll(() => local.stop());

  const find = (plant: string): Listener => {
    const found = local.listeners.find((listener) => listener.plant === plant);
    if (found === undefined) throw new Error(`no listener ${plant}; left out: ${JSON.stringify(local.leftOut)}`);
    return found;
  };
  const seen = (plant: string) => look(find(plant), local.trustPem);
  const daysLeft = (certificate: X509Certificate) => (+certificate.validToDate - +now) / DAY_MS;

  it.each([
    ['good', 'trusted'],
    ['good-https', 'trusted'],
    ['good-redis', 'trusted'],
    ['expired', 'CERT_HAS_EXPIRED'],
    ['not-yet-valid', 'CERT_NOT_YET_VALID'],
    ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['missing-intermediate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['untrusted-root', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['cross-signed-expired', 'trusted'],
    ['intermediate-ending', 'trusted'],
    ['short-lived-fresh', 'trusted'],
    ['short-lived-worn', 'trusted'],
    ['needs-server-name', 'trusted'],
  ])('serves %s, which OpenSSL calls %s', async (plant, verdict) => {
    expect((await seen(plant)).verdict).toBe(verdict);
  });

  it.each([29, 13, 6, 0.5])('has a certificate with %d days left', async (days) => {
    const { verdict, certificate } = await seen(`expiring-in-${days}-days`);
    expect(verdict).toBe('trusted');
    expect(daysLeft(certificate)).toBeCloseTo(days, 3);
  });

  it('has two that live 47 days or less, and only one of them is worn', async () => {
    const lifeLeft = async (plant: string) => {
      const { certificate } = await seen(plant);
      const livesDays = (+certificate.validToDate - +certificate.validFromDate) / DAY_MS;
      return { livesDays, share: daysLeft(certificate) / livesDays };
    };
    const [fresh, worn] = [await lifeLeft('short-lived-fresh'), await lifeLeft('short-lived-worn')];
    expect([fresh.livesDays, worn.livesDays]).toEqual([6, 45]);
    expect(fresh.share).toBeGreaterThan(1 / 3);
    expect(worn.share).toBeLessThan(1 / 6);
  });

  it('serves an expired certificate of the trusted root’s own key behind a good chain', async () => {
    const { served } = await look(find('cross-signed-expired'), '');
    const [leaf, intermediate, crossSigned] = served;
    const root = new X509Certificate(local.trustPem);
    expect(served).toHaveLength(3);
    expect([leaf, intermediate].every((good) => good !== undefined && daysLeft(good) > 30)).toBe(true);
    expect(crossSigned && daysLeft(crossSigned)).toBeLessThan(0);
    expect(crossSigned?.subject).toBe(root.subject);
    expect(crossSigned?.issuer).not.toBe(root.issuer);
    expect(crossSigned && intermediate?.verify(crossSigned.publicKey)).toBe(true);
  });

  it('has a good leaf whose intermediate ends sooner', async () => {
    const [leaf, intermediate] = (await seen('intermediate-ending')).served;
    expect(leaf && daysLeft(leaf)).toBeCloseTo(60, 3);
    expect(intermediate && daysLeft(intermediate)).toBeCloseTo(5, 3);
  });

  it('serves a short key and a weak signature, which OpenSSL refuses by default', async () => {
    const { certificate: weakKey } = await seen('weak-key');
    expect(weakKey.publicKey.asymmetricKeyDetails?.modulusLength).toBe(1024);
    expect((await seen('weak-signature')).certificate.signatureAlgorithm).toBe('ecdsa-with-SHA1');
  });

  it('speaks TLS 1.1 and nothing else, or says that this OpenSSL does not', async () => {
    const leftOut = local.leftOut.find(({ plant }) => plant === 'tls-1.1');
    if (leftOut !== undefined) expect(leftOut.reason).toMatch('TLSv1.1');
    else expect((await seen('tls-1.1')).protocol).toBe('TLSv1.1');
  });

  it('serves another host’s certificate to a client that names no server', async () => {
    const listener = find('needs-server-name');
    const { verdict, certificate } = await look(listener, local.trustPem, '');
    expect(verdict).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(certificate.checkHost(listener.serverName)).toBeUndefined();
  });

  it('serves a stale certificate at the second address of a name, or says that there is none', async () => {
    const leftOut = local.leftOut.find(({ plant }) => plant === 'two-addresses');
    if (leftOut !== undefined) return expect(leftOut.reason).toMatch('127.0.0.2');
    const [fresh, stale] = [find('two-addresses'), find('two-addresses-stale')];
    expect([stale.serverName, stale.port]).toEqual([fresh.serverName, fresh.port]);
    expect(stale.host).not.toBe(fresh.host);
    expect(daysLeft((await seen('two-addresses')).certificate)).toBeCloseTo(60, 3);
    expect(daysLeft((await seen('two-addresses-stale')).certificate)).toBeCloseTo(2, 3);
  });

  it('is at IPv6 too, or says that this machine is not', async () => {
    const leftOut = local.leftOut.find(({ plant }) => plant === 'good-ipv6');
    if (leftOut !== undefined) return expect(leftOut.reason).toMatch('::1');
    expect((await seen('good-ipv6')).verdict).toBe('trusted');
  });

  it('says of each listener what it serves', async () => {
    const plain = local.listeners.filter(({ protocol }) => !['postgres', 'smtp'].includes(protocol));
    for (const listener of plain.filter(({ certPem }) => certPem !== undefined)) {
      const { certificate } = await look(listener, local.trustPem);
      expect([listener.plant, certificate.fingerprint256]).toEqual([
        listener.plant,
        new X509Certificate(listener.certPem ?? '').fingerprint256,
      ]);
    }
  });

  it('makes a renewed certificate that nobody serves', async () => {
    const { serverName, certPem } = find('good');
    const renewed = new X509Certificate((await local.renew(serverName)).certPem);
    expect(renewed.checkHost(serverName)).toBe(serverName);
    expect(renewed.fingerprint256).not.toBe(new X509Certificate(certPem ?? '').fingerprint256);
  });
});
