import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';
import { asOwner } from '../time.ts';
import { bucketOf, emptyBucket, insertKeys, keyId, keysOff, plantDue, reset, storedReports } from './keys.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterEach(() => emptyBucket(estate));
afterAll(() => estate?.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests write settings that the contract would not allow
const withSettings = (edit: (settings: any) => void) =>
  call(estate, { mode: 'enforce', edit: (deployment) => edit(deployment.settings) });

describe('settings that name what is not there', () => {
  // biome-ignore lint/suspicious/noExplicitAny: tests write settings that the contract would not allow
  const cases: [string, (settings: any) => void, RegExp][] = [
    ['a table', (s) => (s.keys.table = 'acces_keys'), /42P01.*public\.acces_keys.*correct the table’s name/],
    ['a schema', (s) => (s.keys.schema = 'publik'), /publik/],
    ['a key column', (s) => (s.keys.keyId = 'key'), /42703.*k\.key does not exist.*correct the column’s name/],
    ['a column of uses', (s) => (s.keys.lastUsedAt = 'used'), /\.used does not exist/],
    ['a status column', (s) => (s.keys.status.column = 'state'), /state does not exist/],
    ['an expiry column', (s) => (s.keys.expiresAt = 'ends'), /k\.ends does not exist/],
    ['an owners’ table', (s) => (s.owners.table = 'people'), /42P01.*public\.people/],
    ['an owners’ column', (s) => (s.owners.name = 'login'), /o\.login does not exist/],
  ];

  it.each(cases)('are refused, naming %s, and say nothing of any key', async (_, edit, because) => {
    const report = await withSettings(edit);
    expect(report).toMatchObject({ verdict: 'refused', examined: 0, findings: [], outcomes: [], metrics: {} });
    expect(report.because).toMatch(because);
    expect(storedReports(estate)).toHaveLength(1);
    expect(estate.aws.objects(bucketOf(estate)).map(({ key }) => key)).not.toContainEqual(
      expect.stringContaining('ledger'),
    );
  });

  it('are refused where a boolean status is a word', async () => {
    const report = await withSettings((settings) => {
      settings.keys.status = { kind: 'boolean', column: 'status' };
    });
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('boolean') });
  });

  it('are refused before the first key is turned off where the word for “off” is none of the column’s', async () => {
    await plantDue(estate, { ada: 1 });
    const report = await withSettings((settings) => {
      settings.caps = { maxTargets: 10, maxPercent: 100 };
      settings.keys.status.inactive = 'Off';
    });
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('Off') });
    expect(await keysOff(estate)).toEqual([]);
  });
});

describe('a table that is not what settings promise', () => {
  it('is refused where two keys have the same id', async () => {
    await reset(estate);
    await insertKeys(estate, [{ owner: 'ada', keyId: keyId('twin'), usedDaysAgo: 1 }]);
    await asOwner(estate, 'ALTER TABLE access_keys DROP CONSTRAINT access_keys_by_key');
    await insertKeys(estate, [{ owner: 'grace', keyId: keyId('twin'), usedDaysAgo: 100 }]);
    const report = await withSettings(() => {});
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('without repeats') });
    await reset(estate);
    await asOwner(estate, 'ALTER TABLE access_keys ADD CONSTRAINT access_keys_by_key UNIQUE (access_key_id)');
  });

  it('F18 takes a key whose times are infinite, unknown or beyond our calendar for a new one', async () => {
    await reset(estate);
    const ids = ['never', 'always', 'unknown', 'far'].map(keyId);
    await insertKeys(
      estate,
      ids.map((id) => ({ owner: 'ada', keyId: id, usedDaysAgo: 400 })),
    );
    await asOwner(estate, 'ALTER TABLE access_keys ALTER created_at DROP NOT NULL');
    const set = (id: string, made: string, used: string) =>
      asOwner(
        estate,
        `UPDATE access_keys SET created_at = ${made}, last_used_at = ${used} WHERE access_key_id = '${keyId(id)}'`,
      );
    await set('never', `'-infinity'`, `'-infinity'`);
    await set('always', `'infinity'`, `'infinity'`);
    await set('unknown', 'NULL', 'NULL');
    await set('far', `'280000-01-01'`, `'4000-01-01 BC'`);
    const report = await withSettings((settings) => {
      settings.policy.maxActiveKeysPerOwner = 9;
    });
    expect(report).toMatchObject({ verdict: 'clean', examined: 4 });
  });
});
