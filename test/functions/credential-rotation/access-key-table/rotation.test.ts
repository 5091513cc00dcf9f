import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { expectAnnounced } from '../announced.ts';
import { call, labelled, rotate } from '../ground.ts';
import { type AccessKey, hoursPass, logsIn, plantAccessKey, reset } from './ground.ts';

describe.each(['word', 'boolean'] as const)('the rotation of a key in a table whose status is a %s', (shape) => {
  let estate: Estate;
  let key: AccessKey;
  beforeAll(async () => {
    estate = await startEstate({ shape });
    key = await plantAccessKey(estate);
  });
  afterAll(async () => {
    await key?.system.stop();
    await estate?.stop();
  });
  beforeEach(() => reset(estate, key));

  const turn = (asked: object = {}) => rotate(estate, key.rotated, { secretArn: key.secretArn, ...asked });
  const held = (label: string) => labelled(estate.aws, key.secretArn, label) ?? {};

  it('F43 leaves both keys in use, then turns the old one off after the overlap and finds it dead', async () => {
    const reports = await turn();
    expect(reports.map(({ verdict, because }) => [verdict, because])).toEqual([
      ['acted', undefined],
      ['acted', undefined],
      ['clean', undefined],
      ['acted', undefined],
    ]);
    const current = held('AWSCURRENT');
    expect(current).toEqual({
      ...key.first,
      access_key: expect.stringMatching(/^[A-Z0-9]{20}$/),
      secret_key: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
    });
    expect(held('AWSPREVIOUS')).toEqual(key.first);
    expect(labelled(estate.aws, key.secretArn, 'AWSPENDING')).toBeUndefined();
    expect([await logsIn(estate, key, current), await logsIn(estate, key, key.first)]).toEqual([true, true]);

    await hoursPass(estate, 25);
    const night = await call(estate, key.rotated);
    expect(night).toMatchObject({ verdict: 'acted', findings: [] });
    expect([await logsIn(estate, key, current), await logsIn(estate, key, key.first)]).toEqual([true, false]);
    expect(await call(estate, key.rotated)).toMatchObject({
      verdict: 'clean',
      detail: { secrets: [{ oldRevoked: true }] },
    });
  });

  it('tells both topics what is for each of them, in either mode', () =>
    expectAnnounced(estate, key.rotated, key.secretArn));
});
