import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Settings } from '../../../../functions/credential-rotation/access-key-table/contract.ts';
import { ADMIN } from '../../../../local/alexander/rotated-key.ts';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { makeCertificates } from '../../../../local/postgres/certificates.ts';
import { asOwner, beginRotation, call, labelled, rotate, stepEvent } from '../ground.ts';
import { type AccessKey, edited, keyRows, logsIn, plant, plantAccessKey, reset } from './ground.ts';

let estate: Estate;
let key: AccessKey;
beforeAll(async () => {
  estate = await startEstate();
  key = await plantAccessKey(estate);
});
afterAll(async () => {
  await key?.system.stop();
  await estate?.stop();
});
beforeEach(() => reset(estate, key));

const turn = (asked: object = {}, rotated = key.rotated) =>
  rotate(estate, rotated, { secretArn: key.secretArn, ...asked });
const held = (label: string) => labelled(estate.aws, key.secretArn, label);
const activeIds = async () => (await keyRows(estate)).flatMap(({ id, active }) => (active ? [id] : []));
const admin = (sql: string) =>
  asOwner(estate, sql.replace('MINE', `user_id = (SELECT id FROM users WHERE username = '${ADMIN}')`));
const another = (id: string) => ({ access_key: id, secret_key: randomBytes(20).toString('hex') });

/** Refused before anything was stored or made. */
async function refusedAtOnce(because: RegExp, rotated = key.rotated): Promise<void> {
  const before = await keyRows(estate);
  const [report, ...more] = await turn({}, rotated);
  expect(report).toMatchObject({ verdict: 'refused', threw: true, because: expect.stringMatching(because) });
  expect(more).toEqual([]);
  // The version is there, as Secrets Manager has begun it, and empty.
  expect(estate.aws.secretVersions(key.secretArn).find(({ id }) => id === pendingToken())?.value).toBeUndefined();
  expect(await keyRows(estate)).toEqual(before);
}

describe('before anything is stored, a rotation of a key is refused', () => {
  it('F39 where the secret names a key of somebody who is not deployed', async () => {
    const other = another('AKSOMEBODYELSE000001');
    await plant(estate, key.planted, other, 'ada');
    estate.aws.resetSecret(key.secretArn, JSON.stringify(other));
    await refusedAtOnce(/AKSOMEBODYELSE000001 is ada’s, and only a key of storage-admin’s/);
    await asOwner(estate, `DELETE FROM access_keys WHERE access_key_id = 'AKSOMEBODYELSE000001'`);
  });

  it('F39 and nobody is asked but the deployed system, whatever host the secret names', async () => {
    estate.aws.resetSecret(key.secretArn, JSON.stringify({ ...key.first, endpoint: 'https://198.51.100.7' }));
    expect((await turn()).at(-1)).toMatchObject({ verdict: 'acted', threw: false });
    expect(held('AWSCURRENT')?.endpoint).toBe('https://198.51.100.7');
  });

  it.each([
    ['its owner is not active', `UPDATE users SET is_active = false WHERE username = '${ADMIN}'`, /who is not active/],
    ['it is turned off', `UPDATE access_keys SET status = 'Inactive' WHERE MINE`, /is turned off, or its time is over/],
    ['its time is over', `UPDATE access_keys SET expires_at = now() WHERE MINE`, /is turned off, or its time is over/],
    ['it is not in the table', `DELETE FROM access_keys WHERE MINE`, /is not in the table/],
    [
      'the table has another secret for it',
      `UPDATE access_keys SET encrypted_secret = 'AAAA' WHERE MINE`,
      /cannot be opened with the master key/,
    ],
  ])('where %s', async (_, sql, because) => {
    await admin(sql);
    await refusedAtOnce(because);
  });

  it('where the master key is not the one under which the table’s secrets are sealed', async () => {
    const secretArn = estate.aws.createSecret('alexander/other-master-key', randomBytes(32).toString('hex'));
    const rotated = edited(key, (settings) => Object.assign(settings.masterKey, { secretArn }));
    await refusedAtOnce(/cannot be opened with the master key of arn:/, rotated);
  });

  it.each([
    ['31 bytes', randomBytes(31).toString('hex')],
    ['a word', 'canary-master-key'],
    ['base64 without its end', randomBytes(32).toString('base64').slice(0, 43)],
  ])('F16 where the master key is %s, and nothing of it is told', async (what, text) => {
    const secretArn = estate.aws.createSecret(`alexander/${what.replaceAll(' ', '-')}`, text);
    const rotated = edited(key, (settings) => Object.assign(settings.masterKey, { secretArn }));
    const [report] = await turn({}, rotated);
    expect(report).toMatchObject({
      verdict: 'refused',
      because: expect.stringMatching(/is not a master key: 32 bytes/),
    });
    expect(JSON.stringify(report)).not.toContain(text);
  });

  it('takes a master key in hexadecimal as well', async () => {
    const secretArn = estate.aws.createSecret('alexander/hexadecimal', key.planted.masterKey.toString('hex'));
    const rotated = edited(key, (settings) => Object.assign(settings.masterKey, { secretArn }));
    expect((await turn({}, rotated)).at(-1)).toMatchObject({ verdict: 'acted', threw: false });
  });

  it('F38 where the table has a column of which nobody said what a new key is to have in it', async () => {
    await admin(`ALTER TABLE access_keys ADD COLUMN scopes text DEFAULT 'all'`);
    try {
      await refusedAtOnce(/columns that settings do not name: scopes/);
      const rotated = edited(key, ({ keys }) => keys.copied.push('scopes'));
      await refusedAtOnce(/permission denied.*README/, rotated);
    } finally {
      await admin('ALTER TABLE access_keys DROP COLUMN scopes');
    }
  });

  it('F42 where its owner has as many keys as the system allows: never a third', async () => {
    await plant(estate, key.planted, another('AKSTORAGEADMIN000002'));
    await refusedAtOnce(/has as many active keys as settings allow/);
    expect(await activeIds()).toHaveLength(2);
  });

  it('F33 where the table takes no key, after three fresh ones', async () => {
    await admin(`CREATE SEQUENCE tries;
      CREATE FUNCTION reject() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM nextval('public.tries'); RAISE check_violation; END $$;
      ALTER FUNCTION reject() SECURITY DEFINER;
      CREATE TRIGGER reject BEFORE INSERT ON access_keys FOR EACH ROW EXECUTE FUNCTION reject()`);
    try {
      const [report] = await turn();
      expect(report).toMatchObject({ verdict: 'refused', because: 'The table does not take the new key (23514).' });
      expect(held('AWSPENDING')).toBeUndefined();
      expect(await admin('SELECT last_value::int AS tries FROM tries')).toEqual([{ tries: 3 }]);
    } finally {
      await admin('DROP TRIGGER reject ON access_keys; DROP FUNCTION reject(); DROP SEQUENCE tries');
    }
  });

  it('F35 where the system cannot show who it is', async () => {
    const { caPem } = await makeCertificates();
    const rotated = edited(key, (settings) => Object.assign(settings.endpoint, { caPem }));
    await refusedAtOnce(/did not answer as AKSTORAGEADMIN000001: .*(certificate|signature)/i, rotated);
  });

  it('F36 where the system cannot be reached', async () => {
    const rotated = edited(key, (settings) => Object.assign(settings.endpoint, { url: 'https://127.0.0.1:1' }));
    await refusedAtOnce(/127\.0\.0\.1:1 did not answer as AKSTORAGEADMIN000001: .*ECONNREFUSED/, rotated);
  });
});

describe('F35 settings', () => {
  it.each(['http://alexander.internal', 'ftp://alexander.internal', 'alexander.internal'])('do not take %s', (url) => {
    const settings = { ...key.rotated.settings, endpoint: { url } };
    expect(Settings.safeParse(settings).success).toBe(false);
    expect(Settings.safeParse({ ...settings, endpoint: { url: 'https://alexander.internal' } }).success).toBe(true);
  });
});

describe('a rotation of a key that has begun', () => {
  it('F42 makes no row where the key that it replaces was turned off meanwhile', async () => {
    await turn({ until: 'createSecret' });
    const token = pendingToken();
    await admin(`UPDATE access_keys SET status = 'Inactive' WHERE MINE`);
    const report = await call(estate, key.rotated, { event: stepEvent(key.secretArn, 'setSecret', token) });
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringMatching(/^No key was made: AKSTORAGE/) });
    expect(await keyRows(estate)).toHaveLength(1);
  });

  it('F33 gives up a key whose id is another’s, and lets the old one be', async () => {
    await turn({ until: 'createSecret' });
    const token = pendingToken();
    const taken = held('AWSPENDING')?.access_key ?? '';
    await plant(estate, key.planted, another(taken));
    const report = await call(estate, key.rotated, { event: stepEvent(key.secretArn, 'setSecret', token) });
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('has a key') });
    expect(held('AWSPENDING')).toBeUndefined();
    expect(held('AWSCURRENT')).toEqual(key.first);
    expect(await logsIn(estate, key, key.first)).toBe(true);
  });

  it('F42 turns off what was made for a version that has lost its label since, and makes no third', async () => {
    await turn({ until: 'setSecret' });
    const unsaved = held('AWSPENDING')?.access_key ?? '';
    expect(await activeIds()).toContain(unsaved);
    // The label goes to another version.
    const token = beginRotation(estate.aws, key.secretArn);
    const night = await call(estate, key.rotated, { event: { mode: 'report' } });
    expect(night.outcomes).toContainEqual(
      expect.objectContaining({ action: `turn off ${unsaved}, which no version holds` }),
    );
    expect(await activeIds()).toContain(unsaved);
    expect((await turn({ token })).at(-1)).toMatchObject({ verdict: 'acted', threw: false });
    const current = held('AWSCURRENT')?.access_key ?? '';
    expect((await activeIds()).sort()).toEqual([key.first.access_key, current].sort());
    expect(current).not.toBe(unsaved);
  });

  it('F42 refuses where such a key was used lately: somebody has it after all', async () => {
    await turn({ until: 'testSecret' });
    const unsaved = held('AWSPENDING')?.access_key ?? '';
    const because = new RegExp(`${unsaved} was made by a rotation and is in no version; it was used at`);
    await refusedAtOnce(because);
  });

  it.each([
    [
      'in its description',
      `UPDATE access_keys SET description = 'x' WHERE access_key_id = 'NEW'`,
      /differs .* in description/,
    ],
    ['in its owner', `UPDATE access_keys SET user_id = 1 WHERE access_key_id = 'NEW'`, /does not see 2 buckets/],
    [
      'in how long it lives',
      `UPDATE access_keys SET expires_at = now() + interval '1 day' WHERE access_key_id = 'NEW'`,
      /differs .* in expires_at/,
    ],
  ])('F38 is not finished where the new key differs from the old one %s', async (_, sql, because) => {
    await turn({ until: 'setSecret' });
    await admin(sql.replace('NEW', held('AWSPENDING')?.access_key ?? ''));
    const report = await call(estate, key.rotated, { event: stepEvent(key.secretArn, 'testSecret', pendingToken()) });
    expect(report).toMatchObject({ verdict: 'refused', threw: true, because: expect.stringMatching(because) });
    expect(held('AWSCURRENT')).toEqual(key.first);
  });

  it.each([
    'archive',
    'uploads',
  ])('F38 is not finished where the new key does not see the bucket %s', async (bucket) => {
    await turn({ until: 'setSecret' });
    key.system.hideFrom(held('AWSPENDING')?.access_key ?? '', bucket);
    const report = await call(estate, key.rotated, { event: stepEvent(key.secretArn, 'testSecret', pendingToken()) });
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringMatching(/does not see 1 buckets of/) });
  });

  it('gives the new key as long a life as the old one had from its making', async () => {
    await admin(`UPDATE access_keys SET expires_at = created_at + interval '90 days' WHERE MINE`);
    expect((await turn()).at(-1)).toMatchObject({ verdict: 'acted', threw: false });
    expect((await keyRows(estate)).map(({ lives, description }) => [lives, description])).toEqual([
      ['90 days', 'administration'],
      ['90 days', 'administration'],
    ]);
  });

  it('F45 rolls forward to the end after a halt and in report mode', async () => {
    const token = beginRotation(estate.aws, key.secretArn);
    await turn({ token, until: 'setSecret' });
    estate.aws.putParameter('/nightshift/alexander/halt', 'halt');
    try {
      for (const step of ['setSecret', 'testSecret', 'finishSecret'] as const) {
        const event = stepEvent(key.secretArn, step, token);
        // Its role is still the one that it began with.
        const caller = 'credential-rotation-access-key-table enforce';
        expect(await call(estate, key.rotated, { event, mode: 'report', caller })).toMatchObject({ threw: false });
      }
    } finally {
      estate.aws.putParameter('/nightshift/alexander/halt', 'run');
    }
    expect(await logsIn(estate, key, held('AWSCURRENT') ?? {})).toBe(true);
    expect(held('AWSCURRENT')).not.toEqual(key.first);
  });

  it.each([
    ['an error of its own', { status: 500, code: 'InternalError' }],
    ['that the key may not', { status: 403, code: 'AccessDenied' }],
    ['that clocks disagree', { status: 403, code: 'RequestTimeTooSkewed' }],
    [
      'of every key that it does not exist, as it does without its database',
      { status: 403, code: 'InvalidAccessKeyId' },
    ],
    ['what is no answer', { status: 200, code: 'Surprise' }],
  ])('F36 is neither finished nor given up where the system says %s', async (_, error) => {
    await turn({ until: 'setSecret' });
    const before = { pending: held('AWSPENDING'), rows: await keyRows(estate) };
    key.system.answerWith(error);
    const night = await call(estate, key.rotated);
    expect(night.verdict).toBe('findings');
    expect(JSON.stringify(night.findings)).not.toMatch(/does not log in|locked out/);
    expect(JSON.stringify(night.findings)).toMatch(/could not be looked at/);
    expect({ pending: held('AWSPENDING'), rows: await keyRows(estate) }).toEqual(before);
    const finished = await call(estate, key.rotated, {
      event: stepEvent(key.secretArn, 'finishSecret', pendingToken()),
    });
    expect(finished).toMatchObject({ verdict: 'refused', threw: true });
    expect(held('AWSCURRENT')).toEqual(key.first);
  });
});

function pendingToken(): string {
  const version = estate.aws.secretVersions(key.secretArn).find(({ stages }) => stages.includes('AWSPENDING'));
  return version?.id ?? '';
}
