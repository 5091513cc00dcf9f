import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROTATION_GRANTS, ROTATION_READER } from '../../../../local/alexander/rotated-key.ts';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { singleGrants } from '../../grants.ts';
import { asOwner, call, rotate } from '../ground.ts';
import { type AccessKey, hoursPass, keyRows, plantAccessKey, reset } from './ground.ts';

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

describe('the GRANTs of a key’s rotation', () => {
  it('are enough for a whole rotation, and for the end of the old key', async () => {
    const reports = await rotate(estate, key.rotated, { secretArn: key.secretArn });
    expect(reports.map(({ threw }) => threw)).toEqual([false, false, false, false]);
    await hoursPass(estate, 25);
    expect(await call(estate, key.rotated)).toMatchObject({ verdict: 'acted', findings: [] });
    expect((await keyRows(estate)).filter(({ active }) => active)).toHaveLength(1);
  });

  it('let the reader see no secret, not even a sealed one', () => {
    const reader = singleGrants(ROTATION_GRANTS).filter(({ to }) => to === ROTATION_READER);
    expect(reader.length).toBeGreaterThan(5);
    expect(JSON.stringify(reader)).not.toMatch(/encrypted_secret|INSERT|UPDATE/);
  });
});

// A privilege that nobody would miss is one too many, so each must be missed.
describe.each(singleGrants(ROTATION_GRANTS))('without $privilege on $of for $to', ({ privilege, of, to }) => {
  afterEach(async () => {
    await asOwner(estate, `GRANT ${privilege} ON ${of} TO ${to}`);
  });

  it('a rotation is refused before anything is stored, and says what is missing', async () => {
    await reset(estate, key);
    await asOwner(estate, `REVOKE ${privilege} ON ${of} FROM ${to}`);
    const [report, ...more] = await rotate(estate, key.rotated, { secretArn: key.secretArn });
    expect(report).toMatchObject({ verdict: 'refused', threw: true });
    expect(report?.because).toMatch(/permission denied for (table|schema|database|sequence) /);
    expect(report?.because).toContain('the GRANTs that this runbook needs are in its README');
    expect(more).toEqual([]);
    expect(await keyRows(estate)).toHaveLength(1);
  });
});
