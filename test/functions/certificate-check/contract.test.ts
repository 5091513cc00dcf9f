import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Settings } from '../../../functions/certificate-check/contract.ts';
import { KINDS } from '../../../functions/certificate-check/kinds.ts';
import { drawDetail } from '../../../functions/certificate-check/page.ts';

const ENDPOINT = { host: 'a.test', port: 443 };
const ARN = 'arn:aws:acm:eu-west-1:111122223333:certificate/1';

const pathsOf = (settings: object) => {
  const parsed = Settings.safeParse({ placement: 'public', ...settings });
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
};

describe('the settings', () => {
  it('need no more than where the function stands, and then look at nothing that is private', () => {
    expect(Settings.parse({ placement: 'public' })).toMatchObject({
      ladderDays: [30, 14, 7, 1],
      allowedPrivateRanges: [],
      addressFamilies: ['ipv4'],
      metricPerCertificate: false,
    });
  });

  it.each([
    ['a ladder that does not descend', { ladderDays: [7, 14] }, 'ladderDays'],
    ['a trust that nobody has', { endpoints: [{ ...ENDPOINT, trust: 'x' }] }, 'endpoints.0.trust'],
    [
      'an ARN of a region that is not read',
      { endpoints: [{ ...ENDPOINT, certificateArn: ARN }] },
      'endpoints.0.certificateArn',
    ],
    [
      'an ARN of anything but ACM',
      { endpoints: [{ ...ENDPOINT, certificateArn: ARN.replace('acm', 's3') }] },
      'endpoints.0.certificateArn',
    ],
    ['a host with a scheme', { endpoints: [{ ...ENDPOINT, host: 'https://a.test' }] }, 'endpoints.0.host'],
    ['a range that is none', { allowedPrivateRanges: ['10.0.0.0'] }, 'allowedPrivateRanges.0'],
    ['no such protocol', { endpoints: [{ ...ENDPOINT, protocol: 'imap' }] }, 'endpoints.0.protocol'],
  ])('refuse %s, by its path', (_, settings, path) => {
    expect(pathsOf(settings)).toContain(path);
  });

  it('take an ARN of a region that is read, and of us-east-1', () => {
    const endpoints = [ARN, ARN.replace('eu-west-1', 'us-east-1')].map((certificateArn, port) => {
      return { ...ENDPOINT, port: port + 1, certificateArn };
    });
    expect(pathsOf({ endpoints, acm: { regions: ['eu-west-1'] } })).toEqual([]);
  });
});

describe('the README', () => {
  const readme = readFileSync(resolve(import.meta.dirname, '../../../functions/certificate-check/README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| ([^|]+?) +\| (critical|warning|info|by ladder) +\|/gm)];

  it('has a row with the right severity for everything that can be wrong, and for nothing else', () => {
    const told = rows.flatMap(([, names = '', severity = '']) => names.split(', ').map((name) => [name, severity]));
    const known = Object.entries(KINDS).map(([name, { severity }]) => [name, severity]);
    expect(new Map(told as [string, string][])).toEqual(new Map(known as [string, string][]));
  });
});

describe('the page', () => {
  const row = (name: string, daysLeft: number) => ({
    names: [name],
    issuer: 'CN=an issuer',
    fingerprint: '0'.repeat(64),
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2026-09-01T00:00:00.000Z',
    daysLeft,
    served: [`${name}:443`],
    places: 1,
    acm: [],
  });
  const detail = (names: string[]) => ({
    endpoints: names.length,
    addresses: names.length,
    certificates: names.map((name, index) => row(name, index * 30 - 3)),
    all: { certificates: names.length, storedAt: 'reports/x.certificates.jsonl' },
    instances: [],
    notLookedAt: { total: 1, shown: ['[::1]:443'] },
    ladderDays: [30, 14, 7, 1],
    now: '2026-06-15T00:00:00.000Z',
  });
  /** Where each bar begins and how wide it is. */
  const barsIn = (text: string) =>
    [...text.matchAll(/<rect class="\w+" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(([, x, width]) => [
      Number(x),
      Number(width),
    ]);

  it('draws a longer bar for what lasts longer, and what is over on the other side of today', () => {
    const [over, soon, later] = barsIn(drawDetail(detail(['a.test', 'b.test', 'c.test'])).text) as [number, number][];
    expect((over?.[0] ?? 0) + (over?.[1] ?? 0)).toBeCloseTo(soon?.[0] ?? Number.NaN, 0);
    expect(later?.[0]).toBe(soon?.[0]);
    expect(later?.[1]).toBeGreaterThan(soon?.[1] ?? Number.NaN);
  });

  it('escapes names, which strangers wrote', () => {
    const { text } = drawDetail(detail(['<script>alert(1)</script>']));
    expect(text).not.toContain('<script>');
  });

  it('says what was not looked at, and that nothing was seen', () => {
    const { text } = drawDetail(detail([]));
    expect(text).toContain('Not looked at: 1 addresses');
    expect(text).toContain('None was seen.');
  });
});
