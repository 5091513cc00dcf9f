import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../functions/runtime/report.ts';
import { type Listeners, startListeners } from '../../../local/listeners/listeners.ts';
import { useAccount } from '../runtime/account.ts';
import { type Checked, check, HERE } from './check.ts';

const account = useAccount();

describe('a check of every planted listener', () => {
  let listeners: Listeners;
  let report: Checked;
  let tookMs: number;

  const settings = () => ({
    ...HERE,
    trust: { own: { pem: listeners.trustPem } },
    endpoints: listeners.listeners.map(({ host, port, protocol, serverName }) => {
      return { host, port, protocol, serverName, trust: 'own' };
    }),
  });

  beforeAll(async () => {
    listeners = await startListeners();
    const began = performance.now();
    report = await check(settings());
    tookMs = performance.now() - began;
  });
  afterAll(() => listeners.stop());

  const at = (plant: string) => {
    const found = listeners.listeners.find((listener) => listener.plant === plant);
    if (found === undefined) throw new Error(`${plant} was not started`);
    return `${found.host === '::1' ? '[::1]' : found.host}:${found.port} as ${found.serverName}`;
  };
  /** The finding about this plant: its own, or that of the certificate that is served there. */
  const findingAt = (plant: string): Finding | undefined =>
    report.findings.find(({ target, what }) => target === at(plant) || what.includes(at(plant)));

  it('F82 looks at every one of them, and at every address', () => {
    expect(report.verdict).toBe('findings');
    expect(report.detail.addresses).toBe(listeners.listeners.length);
    expect(report.detail.notLookedAt.total).toBe(0);
  });

  it.each([
    'good',
    'good-https',
    'good-redis',
    'postgres-good',
    'smtp-good',
    'short-lived-fresh',
    'needs-server-name',
  ])('F81 says nothing of %s', (plant) => {
    expect(findingAt(plant)).toBeUndefined();
    expect(report.detail.certificates.flatMap(({ served }) => served)).toContain(at(plant));
  });

  it.each([
    ['expiring-in-29-days', 'warning', /^expires in 28\.9 days, on /],
    ['expiring-in-13-days', 'warning', /^expires in 12\.9 days, on /],
    ['expiring-in-6-days', 'warning', /^expires in 5\.9 days, on /],
    ['expiring-in-0.5-days', 'critical', /^expires in 0\.4 days, on /],
    ['short-lived-worn', 'critical', /^expires in 5\.9 days, on /],
    ['expired', 'critical', /^expired 3\.1 days ago, on /],
    ['not-yet-valid', 'critical', /^is not valid before /],
    ['wrong-name', 'critical', /^is for another\.nightshift\.test, and not for wrong-name\.nightshift\.test/],
    ['self-signed', 'critical', /^is signed with its own key/],
    ['missing-intermediate', 'critical', /^is served without its issuer, CN=Nightshift local intermediate/],
    ['untrusted-root', 'critical', /^its chain leads to CN=Nobody’s root, which is not trusted/],
    ['weak-key', 'warning', /^has a key of 1024 bits \(RSA, 2048 are the least\)/],
    ['weak-signature', 'warning', /^has a signature by ecdsa-with-SHA1/],
  ])('F81 %s is a finding of its own, %s', (plant, severity, what) => {
    expect(findingAt(plant)).toMatchObject({ severity, what: expect.stringMatching(what) });
  });

  it('F81 TLS 1.1 only is a finding, where this OpenSSL speaks it', () => {
    if (listeners.leftOut.some(({ plant }) => plant === 'tls-1.1')) return;
    expect(findingAt('tls-1.1')).toMatchObject({ severity: 'warning', what: 'speaks nothing newer than TLSv1.1' });
  });

  it('F80 an expired cross-signed root beside a good chain is a note, and the certificate lasts as long as its good chain', () => {
    expect(findingAt('cross-signed-expired')).toMatchObject({
      severity: 'info',
      what: expect.stringMatching(
        /^is served with CN=Nightshift local root, which nothing needs and which expired 10\.1 days ago/,
      ),
    });
    const row = report.detail.certificates.find(({ served }) => served.includes(at('cross-signed-expired')));
    expect(row).toMatchObject({ daysLeft: 59.9, chainNotAfter: row?.notAfter });
  });

  it('F80 tells the end of the chain from the end of the certificate, and says which of the chain it is', () => {
    expect(findingAt('intermediate-ending')).toMatchObject({
      severity: 'warning',
      what: expect.stringMatching(
        /^its chain expires in 4\.9 days, on .*, with CN=Nightshift local intermediate of old/,
      ),
      remedy: expect.stringContaining('Renewing the certificate alone does not help.'),
    });
    const row = report.detail.certificates.find(({ served }) => served.includes(at('intermediate-ending')));
    expect(row?.daysLeft).toBe(4.9);
    expect(Date.parse(row?.notAfter ?? '')).toBeGreaterThan(Date.parse(row?.chainNotAfter ?? ''));
  });

  it('F82 finds the stale certificate on one of two addresses, and names that address only', () => {
    if (listeners.leftOut.some(({ plant }) => plant === 'two-addresses')) return;
    const stale = findingAt('two-addresses-stale');
    expect(stale?.what).toBe(`expires in 1.9 days, on ${stale?.what.slice(24, 34)} (${at('two-addresses-stale')})`);
    expect(findingAt('two-addresses')).toBeUndefined();
  });

  it.each([
    ['postgres-sneaks-bytes', /came with the answer byte$/],
    ['smtp-sneaks-bytes', /came after its reply to STARTTLS$/],
  ])('F84 %s is refused, and nothing that it serves afterwards is believed', (plant, what) => {
    expect(findingAt(plant)).toMatchObject({ severity: 'critical', what: expect.stringMatching(what) });
    expect(report.detail.certificates.flatMap(({ served }) => served)).not.toContain(at(plant));
  });

  it.each([
    ['silent', 'warning', 'cannot be reached: it accepted the connection and did not finish the handshake within'],
    ['slow', 'warning', 'cannot be reached: it accepted the connection and did not finish the handshake within'],
    ['garbage', 'warning', 'cannot be reached: what it said is no handshake'],
    ['hanging-up', 'warning', 'cannot be reached: it cut the connection before TLS began'],
    ['dead', 'warning', 'cannot be reached: no connection (ECONNREFUSED)'],
    ['plain-text', 'critical', 'answers without TLS'],
    ['postgres-without-tls', 'critical', 'answers without TLS: it answered "N" to the request for TLS'],
    ['smtp-without-tls', 'critical', 'answers without TLS: it does not offer STARTTLS'],
  ])('F86 %s is reported, %s', (plant, severity, what) => {
    expect(findingAt(plant)).toMatchObject({ severity, what: expect.stringContaining(what) });
  });

  it('F86 none of them holds the run up beyond the time-out of one', () => {
    expect(tookMs).toBeLessThan(HERE.timeoutMs * 3);
  });

  it('measures the smallest number of days', () => {
    expect(report.metrics.DaysToExpiry).toEqual({ value: -3.1, unit: 'None' });
  });

  it('stores every certificate beside the report, soonest end first', () => {
    const { storedAt, certificates } = report.detail.all;
    const object = account.aws.objects(account.bucket).find(({ key }) => key === storedAt);
    const lines = String(object?.body).trim().split('\n');
    expect(lines).toHaveLength(certificates);
    const days = lines.map((line) => JSON.parse(line).daysLeft as number);
    expect(days).toEqual(days.toSorted((a, b) => a - b));
  });

  it('F87 announces nothing the next night, when nothing has changed', async () => {
    const before = account.aws.published().length;
    expect(before).toBeGreaterThan(0);
    const again = await check(settings());
    expect(again.findings.map(({ target }) => target)).toEqual(report.findings.map(({ target }) => target));
    expect(account.aws.published()).toHaveLength(before);
  });
});
