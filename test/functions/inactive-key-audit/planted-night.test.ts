import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detail } from '../../../functions/inactive-key-audit/contract.ts';
import type { Report } from '../../../functions/runtime/report.ts';
import type { PlantedKey } from '../../../local/alexander/planted-keys.ts';
import type { KeyShape } from '../../../local/alexander/schema.ts';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';
import { asOwner } from '../time.ts';
import { readCsv } from './csv.ts';
import { emptyBucket, stored } from './keys.ts';

type Expected = { verdict: string; severity?: string; what?: RegExp; remedy?: RegExp };

/** What each plant is there to show. */
const EXPECTED: Record<PlantedKey['plant'], Expected> = {
  healthy: { verdict: 'in use' },
  'used-one-minute-ago': { verdict: 'in use' },
  'never-used-new': { verdict: 'in use' },
  'exempt-key': { verdict: 'exempt' },
  'exempt-owner': { verdict: 'exempt' },
  'disabled-long-ago': { verdict: 'off' },
  'idle-91-days': { verdict: 'idle', severity: 'warning', what: /idle for 91 days; 90/, remedy: /still needed/ },
  'idle-120-days': { verdict: 'idle', severity: 'warning', what: /idle for 120 days; 90/, remedy: /exemptKeys/ },
  'idle-400-days': { verdict: 'idle', severity: 'critical', what: /idle for 400 days/, remedy: /still needed/ },
  'warn-soon-80-days': {
    verdict: 'soon idle',
    severity: 'info',
    what: /idle for 80 days; at 90/,
    remedy: /using it once/,
  },
  'never-used-old': {
    verdict: 'never used',
    severity: 'warning',
    what: /made 130 days ago/,
    remedy: /why it was made/,
  },
  // Its uses were not recorded for its first 220 days, so nobody can say that it was never used.
  'never-used-before-tracking': {
    verdict: 'idle',
    severity: 'critical',
    what: /idle for 730 days/,
    remedy: /still needed/,
  },
  'expired-but-active': {
    verdict: 'past its expiry',
    severity: 'warning',
    what: /expired on 20/,
    remedy: /its expiry/,
  },
  'owner-inactive': { verdict: 'owner inactive', severity: 'warning', what: /no longer active/, remedy: /hand it to/ },
  'too-many-keys': {
    verdict: 'one of many',
    severity: 'info',
    what: /has 3 active keys; 2/,
    remedy: /turn the others off/,
  },
  'last-key-of-owner-idle': {
    verdict: 'idle',
    severity: 'critical',
    what: /idle for 200 days/,
    remedy: /still needed/,
  },
};

const RANK = ['critical', 'warning', 'info'];

describe.each<KeyShape>(['word', 'boolean'])('the planted night in a table with a %s status', (shape) => {
  let estate: Estate;
  let report: Report;

  beforeAll(async () => {
    estate = await startEstate({ shape });
    report = await call(estate);
  });
  afterAll(() => estate?.stop());

  const reviewRows = (of: Report) => readCsv(gunzipSync(stored(estate, of, 'review.csv.gz')).toString());

  it('finds every planted fault, with its reason and its remedy', () => {
    expect(report).toMatchObject({ verdict: 'findings', mode: 'report', examined: estate.planted.length });
    for (const { plant, keyId, owner } of estate.planted) {
      const { severity, what, remedy } = EXPECTED[plant];
      const finding = report.findings.find(({ target }) => target === keyId);
      expect([plant, finding?.severity]).toEqual([plant, severity]);
      if (what === undefined || remedy === undefined) continue;
      expect(finding?.what).toMatch(what);
      expect(finding?.what).toContain(owner);
      expect(finding?.remedy).toMatch(remedy);
    }
  });

  it('says nothing of a healthy key', () => {
    const healthy = estate.planted.filter(({ plant }) => EXPECTED[plant].severity === undefined);
    expect(healthy.length).toBeGreaterThan(8);
    const accused = new Set(report.findings.map(({ target }) => target));
    expect(healthy.filter(({ keyId }) => accused.has(keyId))).toEqual([]);
  });

  it('names the worst first, and within a severity keeps the order of the ids', () => {
    const order = report.findings.map(({ severity, target }) => `${RANK.indexOf(severity)} ${target}`);
    expect(order).toEqual(order.toSorted());
  });

  it('counts what it saw, key by key and in all', () => {
    const { planted } = estate;
    const detail = report.detail as Detail;
    const expected: Record<string, number> = {};
    for (const { plant } of planted) expected[EXPECTED[plant].verdict] = (expected[EXPECTED[plant].verdict] ?? 0) + 1;
    expect(detail.verdicts).toEqual(expected);
    expect(detail).toMatchObject({ keys: planted.length, active: planted.length - 1, plan: { disable: 0, warn: 7 } });
    expect(detail.idle.reduce((sum, { keys }) => sum + keys, 0)).toBe(planted.length - 3);
    const of = (severity: string) => planted.filter(({ plant }) => EXPECTED[plant].severity === severity).length;
    expect(report.metrics).toMatchObject({
      CriticalFindings: { value: of('critical') },
      WarningFindings: { value: of('warning') },
      Examined: { value: planted.length },
      IdleKeys: { value: 6 },
    });
  });

  it('reviews every key once, in the order of the ids, by RFC 4180', () => {
    const [header, ...rows] = reviewRows(report);
    expect(header?.join()).toBe('key_id,owner,owner_name,created_at,last_used_at,idle_days,expires_at,verdict');
    expect(rows.map(([id]) => id)).toEqual(estate.planted.map(({ keyId }) => keyId).toSorted());
    for (const { plant, keyId, owner, usedDaysAgo, active, expiredDaysAgo } of estate.planted) {
      const row = rows.find(([id]) => id === keyId);
      expect(row?.[2]).toBe(owner);
      expect(row?.[4] === '').toBe(usedDaysAgo === undefined);
      expect(row?.[5]).toMatch(active === false ? /^$/ : /^\d+$/);
      expect(row?.[6] === '').toBe(expiredDaysAgo === undefined);
      expect([plant, row?.[7]]).toEqual([plant, EXPECTED[plant].verdict]);
    }
  });

  it('neutralises an owner’s name that a spreadsheet would run', async () => {
    await asOwner(estate, `UPDATE users SET username = '=HYPERLINK("http://x"),1' WHERE username = 'ada'`);
    const names = reviewRows(await call(estate)).map((row) => row[2]);
    expect(names.filter((name) => name?.includes('HYPERLINK'))).toEqual(Array(2).fill(`'=HYPERLINK("http://x"),1`));
    await asOwner(estate, `UPDATE users SET username = 'ada' WHERE username LIKE '=%'`);
  });

  it('works without knowing the owners’ table, by what the key table says', async () => {
    const edit = (deployment: { settings: { owners?: object } }) => {
      delete deployment.settings.owners;
    };
    const { findings, examined } = await call(estate, { edit });
    expect(examined).toBe(estate.planted.length);
    const forgotten = findings.find(({ target }) => target === 'AKDENNISFORGOTTEN002');
    expect(forgotten?.what).toMatch(/^\d+’s key was made 130 days ago/);
    expect(findings.some(({ what }) => what.includes('no longer active'))).toBe(false);
  });

  it('announces a finding once, and again when it clears', async () => {
    emptyBucket(estate);
    const before = estate.aws.published().length;
    await call(estate);
    const first = estate.aws.published().slice(before);
    expect(first.map(({ subject }) => subject).join()).toMatch(/SEV1.*SEV3/);
    await call(estate);
    expect(estate.aws.published()).toHaveLength(before + first.length);
    await asOwner(estate, `UPDATE access_keys SET last_used_at = now() WHERE access_key_id = 'AKADAOLDSCRIPT000002'`);
    await call(estate);
    const told = estate.aws.published().slice(before + first.length);
    expect(told).toHaveLength(1);
    expect(told[0]?.message).toContain('AKADAOLDSCRIPT000002: cleared.');
  });

  it('is clean where the table is empty, and says that it examined nothing', async () => {
    await asOwner(estate, 'TRUNCATE access_keys');
    emptyBucket(estate);
    const empty = await call(estate);
    expect(empty).toMatchObject({ verdict: 'clean', examined: 0, findings: [], detail: { keys: 0, active: 0 } });
    expect(reviewRows(empty)).toHaveLength(1);
  });
});
