import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../../../local/akamai/api-clients.ts';
import { makeCertificates } from '../../../../local/postgres/certificates.ts';
import { beginRotation, labelled, type Rotated, rotate, stored } from '../ground.ts';
import { edited, type Ground, night, startGround, strays } from './ground.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground?.stop());
beforeEach(() => ground.reset());

const turn = (asked: object = {}, rotated: Rotated = ground.rotated) =>
  rotate(ground.estate, rotated, { secretArn: ground.secretArn, ...asked });
const last = async (asked: object = {}, rotated?: Rotated) => (await turn(asked, rotated)).at(-1);
const held = (label: string) => labelled(ground.estate.aws, ground.secretArn, label) ?? {};
const begin = () => beginRotation(ground.estate.aws, ground.secretArn);
const statuses = () => ground.akamai.client.credentials.map(({ status }) => status);
const asked = () => ground.akamai.statements();
const plant = (fields: object) =>
  ground.estate.aws.resetSecret(ground.secretArn, JSON.stringify({ ...held('AWSCURRENT'), ...fields }));
/** Until the credential is to be made, a rotation asks so many things of the API: the list of its dry run, and the list before. */
const CREATE = 3;

describe('F42 a credential whose answer was lost', () => {
  it('is found and removed by the same rotation, begun again', async () => {
    const token = begin();
    ground.akamai.loseReply(CREATE);
    expect(await last({ token })).toMatchObject({ verdict: 'failed', because: expect.stringContaining('ECONNRESET') });
    expect(strays(ground)).toHaveLength(1);
    expect((await turn({ token })).map(({ threw }) => threw)).toEqual([false, false, false, false]);
    expect(statuses()).toEqual(['ACTIVE', 'DELETED', 'ACTIVE']);
    expect(strays(ground)).toEqual([]);
    expect(ground.akamai.letsIn(held('AWSCURRENT'))).toBe(true);
  });

  it('is found as well where the API answered and nobody lived to store it', async () => {
    const token = begin();
    ground.estate.aws.faults.fail('secretsmanager:PutSecretValue', { code: 'AccessDeniedException', status: 400 }, 1);
    expect(await last({ token })).toMatchObject({ verdict: 'failed' });
    expect(strays(ground)).toHaveLength(1);
    await turn({ token });
    expect(statuses()).toEqual(['ACTIVE', 'DELETED', 'ACTIVE']);
  });

  it('is left alone where a person has written something about it', async () => {
    const token = begin();
    ground.akamai.failBefore(CREATE);
    await turn({ token });
    ground.akamai.client.add({ description: 'for the migration' });
    expect(await last({ token })).toMatchObject({
      verdict: 'refused',
      because: expect.stringContaining('nor the one before holds'),
    });
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('is left alone where it was made too late to be the lost one', async () => {
    const token = begin();
    ground.akamai.failBefore(CREATE);
    await turn({ token });
    ground.akamai.client.add({ createdOn: new Date(Date.now() + 600_000) });
    expect(await last({ token })).toMatchObject({ verdict: 'refused' });
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('is left alone where there are two that it could be', async () => {
    const token = begin();
    ground.akamai.loseReply(CREATE);
    await turn({ token });
    ground.akamai.client.add();
    expect(await last({ token })).toMatchObject({ verdict: 'refused' });
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
  });
});

describe('F42 the API client’s other credentials', () => {
  it('are never touched: an active one that nobody put on record is a reason to refuse', async () => {
    const other = ground.akamai.client.add();
    const report = await last();
    const because = expect.stringMatching(`nor the one before holds: ${other.id}\\. `);
    expect(report).toMatchObject({ verdict: 'refused', because });
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
    expect(held('AWSPENDING')).toEqual({});
  });

  it('may be there inactive', async () => {
    ground.akamai.client.add({ status: 'INACTIVE' });
    expect(await last()).toMatchObject({ verdict: 'acted' });
    expect(statuses()).toEqual(['ACTIVE', 'INACTIVE', 'ACTIVE']);
  });

  it('are announced on an ordinary night, before a rotation is refused for them', async () => {
    ground.akamai.client.add();
    const report = await night(ground);
    expect(report.findings).toMatchObject([
      { severity: 'warning', what: expect.stringContaining('a rotation would be refused now') },
    ]);
  });

  it('are never three: where the version before is active and was not revoked by us, none is made', async () => {
    const { aws } = ground.estate;
    const token = begin();
    await turn({ token });
    // As if a person had rotated it: nothing is remembered.
    for (const { key } of aws.objects('alexander-evidence')) aws.eraseVersions('alexander-evidence', key);
    expect(await last()).toMatchObject({
      verdict: 'refused',
      because: expect.stringContaining('a third is never made'),
    });
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('are the API’s to count as well, and its refusal makes nothing', async () => {
    const full: Answer = { status: 400, body: { type: 'x', title: 'ERROR_CREDENTIAL_LIMIT', detail: '' } };
    ground.akamai.answerWith(full, CREATE);
    expect(await last()).toMatchObject({
      verdict: 'failed',
      because: expect.stringContaining('ERROR_CREDENTIAL_LIMIT'),
    });
    expect(stored(ground.estate.aws, ground.secretArn)).toHaveLength(1);
  });

  it('are named one at a time: an id that is none never becomes all of them', async () => {
    ground.akamai.answerWith({ status: 201, body: { credentialId: '', clientToken: 'a', clientSecret: 'b' } }, CREATE);
    expect(await last()).toMatchObject({ verdict: 'failed', because: expect.stringContaining('credentialId') });
  });
});

describe('F39 what the secret says', () => {
  it.each([
    ['another host', { host: 'akab-attacker.example.com' }, /names a host that is not deployed/],
    ['no host', { host: undefined }, /wrong or missing: host/],
    ['a secret that is no text', { client_secret: { a: 'canary-torn' } }, /wrong or missing: client_secret/],
  ])('is refused with %s, and nothing is asked of anybody', async (_, fields, because) => {
    plant(fields);
    const before = asked().length;
    const report = await last();
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringMatching(because) });
    expect(JSON.stringify(report)).not.toContain('canary');
    expect(asked().length).toBe(before);
  });
});

describe('F35 the connection', () => {
  it('is refused where the server is not who it should be, and carries no credential', async () => {
    const { caPem } = await makeCertificates();
    const before = ground.akamai.heard().length;
    const report = await last({}, edited(ground, { caPem }));
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringMatching(/CERT|SIGNATURE/) });
    expect(ground.akamai.heard().length).toBe(before);
  });

  it('is refused where the public CAs are asked, and know nothing of it', async () => {
    const report = await last({}, edited(ground, { caPem: undefined }));
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringMatching(/CERT|SIGNATURE/) });
  });

  it('is refused where the name is another one', async () => {
    const host = ground.akamai.host.replace('127.0.0.1', '127.0.0.2');
    plant({ host });
    const report = await last({}, edited(ground, { host }));
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringMatching(/ALTNAME|ECONNREFUSED/) });
  });
});

describe('F36 an answer that says nothing of the credential', () => {
  const deny = (status: number, type: string, detail: string): Answer => ({
    status,
    body: { type: `https://problems.luna.akamaiapis.net${type}`, title: 'Not authorized', detail },
  });
  it.each<[string, Answer, RegExp]>([
    ['a grant that is missing', deny(403, '/-/pep-authz/deny', 'The client does not have the grant'), /403/],
    ['a fault of the server', { status: 503 }, /503/],
    ['another 401', deny(401, '/some/other', 'Inactive client token'), /401/],
    ['a 401 for another reason', deny(401, '/-/pep-authn/deny', 'Inactive access token'), /401/],
    ['a redirect', { status: 307, headers: { location: 'https://elsewhere.example.com/' } }, /redirect, which is not/],
    ['an answer of another shape', { status: 200, body: { hello: 1 } }, /otherwise than documented/],
  ])('is a refusal: %s', async (_, answer, because) => {
    ground.akamai.answerWith(answer, 1, 99);
    expect(await last()).toMatchObject({ verdict: 'refused', because: expect.stringMatching(because) });
    // Also where it is what the login gets, which at night comes after the list.
    ground.reset();
    ground.akamai.answerWith(answer, 2);
    const { findings } = await night(ground);
    // A login only has to be let in, whatever is told then.
    expect(findings).toMatchObject(answer.status === 200 ? [] : [{ what: expect.stringMatching(because) }]);
    expect(JSON.stringify(findings)).not.toContain('does not log in');
  });

  it('leaves a pending version alone at night, and says that nothing is known', async () => {
    await turn({ until: 'setSecret' });
    ground.akamai.answerWith({ status: 503 }, 1, 99);
    const report = await night(ground, { hours: 2 });
    expect(report.findings).toMatchObject([{ severity: 'critical', what: expect.stringContaining('503') }]);
    expect(held('AWSPENDING').client_token).toBeDefined();
  });

  it('is asked again a moment later where it was asked too often, and only so often', async () => {
    ground.akamai.answerWith({ status: 429, headers: { 'retry-after': '0' } }, 1, 2);
    expect((await turn()).map(({ threw }) => threw)).toEqual([false, false, false, false]);
    ground.reset();
    const before = asked().length;
    ground.akamai.answerWith({ status: 429, headers: { 'retry-after': '0' } }, 1, 99);
    expect(await last()).toMatchObject({ verdict: 'refused', because: expect.stringContaining('429') });
    expect(asked().length - before).toBe(3);
  });

  it('F18 is told apart where only the clocks disagree', async () => {
    ground.akamai.skew(7_200_000);
    const report = await last();
    expect(report).toMatchObject({
      verdict: 'refused',
      because: expect.stringMatching(/Invalid timestamp.*7\d\d\d s/),
    });
    const wrong = { type: '/-/pep-authn/request-error', title: 'Bad request', detail: 'Invalid timestamp' };
    ground.akamai.skew(0);
    ground.akamai.answerWith({ status: 400, body: wrong }, 2);
    const { findings } = await night(ground);
    expect(findings).toMatchObject([{ what: expect.stringContaining('Invalid timestamp') }]);
    expect(JSON.stringify(findings)).not.toContain('does not log in');
  });

  it('is not what a revoked, a deleted or a torn credential gets: these are wrong', async () => {
    const [first] = ground.akamai.client.credentials;
    for (const status of ['INACTIVE', 'DELETED'] as const) {
      if (first) ground.akamai.client.setStatus(first, status);
      expect((await night(ground)).findings).toContainEqual(
        expect.objectContaining({ severity: 'critical', what: expect.stringContaining('does not log in') }),
      );
    }
    if (first) ground.akamai.client.setStatus(first, 'ACTIVE');
    plant({ client_secret: 'another' });
    expect((await night(ground)).findings).toContainEqual(
      expect.objectContaining({ what: expect.stringContaining('does not log in') }),
    );
  });
});

describe('F33 a pending credential that does not work', () => {
  it('is given up where the API has switched it off, and no more than three are tried in a day', async () => {
    for (const _ of [1, 2, 3]) {
      const token = begin();
      await turn({ token, until: 'createSecret' });
      const made = ground.akamai.client.credentials.at(-1);
      if (made) ground.akamai.client.setStatus(made, 'INACTIVE');
      const [, report] = await turn({ token });
      expect(report).toMatchObject({
        verdict: 'refused',
        because: expect.stringContaining('does not list the pending'),
      });
      expect(held('AWSPENDING')).toEqual({});
    }
    expect(await last()).toMatchObject({
      verdict: 'refused',
      because: expect.stringContaining('rejected within a day'),
    });
    expect(ground.akamai.letsIn(held('AWSCURRENT'))).toBe(true);
    expect(strays(ground)).toEqual([]);
  });
});

describe('F38 what the new credential may do', () => {
  it('is tried by real work, and people are not switched to one that cannot do it', async () => {
    ground.akamai.client.grants.apis.clear();
    const report = await last();
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('GET /papi/v1/contracts') });
    expect(ground.akamai.letsIn(held('AWSCURRENT'))).toBe(true);
    expect(held('AWSPENDING').client_token).toBeDefined();
  });

  it('is held against what the current one may do', async () => {
    const token = begin();
    await turn({ token, until: 'setSecret' });
    // The fifth thing asked is what the pending one may do; before it come its logins, its work, and the current one’s login.
    const body = {
      clientId: ground.akamai.client.clientId,
      apiAccess: { allAccessibleApis: false, apis: [{ apiId: 5580, accessLevel: 'READ-ONLY' }] },
      groupAccess: { cloneAuthorizedUserGroups: false, groups: [] },
    };
    ground.akamai.answerWith({ status: 200, body }, 5);
    const report = await last({ token });
    expect(report).toMatchObject({
      verdict: 'refused',
      because: expect.stringContaining('API 5580: READ-WRITE; group 41241: role 12'),
    });
  });

  it('is refused before anything is made where the API client may not switch its credentials off', async () => {
    ground.akamai.client.grants.mayDeactivate = false;
    expect(await last()).toMatchObject({ verdict: 'refused', because: expect.stringContaining('may not deactivate') });
    expect(statuses()).toEqual(['ACTIVE']);
  });
});

describe('F43 the revoking of an old credential', () => {
  it('is refused where both versions hold the same one: whoever revoked that would lock everybody out', async () => {
    const [first] = ground.akamai.client.credentials;
    const body = { credentialId: first?.id, clientToken: first?.clientToken, clientSecret: first?.clientSecret };
    ground.akamai.answerWith({ status: 201, body }, CREATE);
    await turn();
    expect(held('AWSPREVIOUS')).toEqual(held('AWSCURRENT'));
    const report = await night(ground, { event: { retire: 'now' } });
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('the same credential') });
    expect(ground.akamai.letsIn(held('AWSCURRENT'))).toBe(true);
  });

  it('is refused where the current one does not work by then', async () => {
    await turn();
    const current = ground.akamai.client.credentials.at(-1);
    if (current) ground.akamai.client.setStatus(current, 'INACTIVE');
    expect(await night(ground, { event: { retire: 'now' } })).toMatchObject({ verdict: 'failed' });
    expect(ground.akamai.letsIn(held('AWSPREVIOUS'))).toBe(true);
  });
});

describe('F45 a halt between two steps', () => {
  it('does not keep the rotation from its end, and keeps the next from its beginning', async () => {
    const { aws } = ground.estate;
    const token = begin();
    await turn({ token, until: 'createSecret' });
    aws.putParameter('/nightshift/alexander/halt', 'stop');
    try {
      expect((await turn({ token })).map(({ threw }) => threw)).toEqual([false, false, false, false]);
      await night(ground, { event: { retire: 'now' } });
      expect(ground.akamai.letsIn(held('AWSPREVIOUS'))).toBe(true);
    } finally {
      aws.putParameter('/nightshift/alexander/halt', 'run');
    }
    expect(ground.akamai.letsIn(held('AWSCURRENT'))).toBe(true);
  });
});
