/** The proof itself must be able to fail: a request that nobody may make, and a permission that nobody uses. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { RecordedRequest } from '../../local/aws/requests.ts';
import { hold } from './checker.ts';
import type { Deployment } from './deployment.ts';
import { deployed } from './deployments.ts';
import { NEVER_ASKED } from './never-asked.ts';
import type { Role } from './role.ts';
import { ask } from './simulate.ts';

let deployment: Deployment;
beforeAll(() => {
  deployment = deployed('report mode');
});

const BUCKET = 'arn:aws:s3:::alexander-evidence';
const ACTOR = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/nightshift-actor-abcdef';
const audit = 'inactive-key-audit report';
const state = `${BUCKET}/state/inactive-key-audit/run.json`;

function get(fields: Partial<RecordedRequest>): RecordedRequest {
  const own = { caller: audit, service: 's3', operation: 'GetObject', action: 's3:GetObject', resource: state };
  return { ...own, changing: false, status: 200, ...fields };
}

const put = (resource: string, fields: Partial<RecordedRequest> = {}) =>
  get({ operation: 'PutObject', action: 's3:PutObject', resource, changing: true, ...fields });

const refused = async (...requests: RecordedRequest[]) => (await hold(deployment, requests)).refused;

describe('a request in the log', () => {
  it('passes where the role allows it', async () => {
    expect(await refused(get({}), put(state))).toEqual([]);
  });

  const list = { operation: 'ListObjectsV2', action: 's3:ListBucket', resource: BUCKET };
  const open = { service: 'secretsmanager', operation: 'GetSecretValue', action: 'secretsmanager:GetSecretValue' };
  const needsMore = { alsoNeeds: [{ action: 's3:GetObjectVersion', resource: state }] };

  it.each([
    ['another action on what is its own', put(state, { action: 's3:PutObjectAcl' }), 'ImplicitlyDenied'],
    ['the state of another runbook', get({ resource: `${BUCKET}/state/watch/run.json` }), 'ImplicitlyDenied'],
    ['reports that only the watcher reads', get({ resource: `${BUCKET}/reports/watch/r.json` }), 'ImplicitlyDenied'],
    ['a listing of them', get({ ...list, conditions: { 's3:prefix': 'reports/watch/' } }), 'ImplicitlyDenied'],
    ['what its own request needs besides', put(state, needsMore), 'ImplicitlyDenied'],
    ['another bucket', get({ resource: 'arn:aws:s3:::somebody-else/state' }), 'nothing of this deployment'],
    ['the actor’s secret, in report mode', get({ ...open, resource: ACTOR }), 'nothing of this deployment'],
    ['what nobody has looked up', get({ operation: 'GetObjectAttributes' }), 'which actions depend on it'],
    ['an action that IAM does not have', get({ action: 's3:HeadObject' }), 'invalid.action'],
  ])('is refused where it asks for %s', async (_what, forged, why) => {
    expect(await refused(forged)).toEqual([expect.stringContaining(why)]);
  });

  it('for an object that is not there also asks to list the bucket, or S3 would say “forbidden”', async () => {
    const [role] = deployment.roles.filter(({ caller }) => caller === audit) as [Role];
    const Statement = role.policy.Statement.filter(({ Action }) => Action !== 's3:ListBucket');
    const roles = [{ ...role, policy: { ...role.policy, Statement } }];
    const blind = { ...deployment, roles };
    expect((await hold(blind, [get({ status: 404, errorCode: 'NoSuchKey' })])).refused).toHaveLength(1);
    expect(await refused(get({ status: 404, errorCode: 'NoSuchKey' }))).toEqual([]);
  });
});

describe('a permission', () => {
  const unused = async (roles: Role[], requests: RecordedRequest[]) =>
    (await hold({ ...deployment, roles }, requests)).unused.filter(({ action }) => !(action in NEVER_ASKED));

  it('that no request used is found, and one that was used is not', async () => {
    const [role] = deployment.roles.filter(({ caller }) => caller === audit) as [Role];
    const extra = { sid: 'extra', action: 's3:DeleteObject', resource: 'arn:aws:s3:::*', condition: '' };
    const statement = { Sid: 'extra', Effect: 'Allow', Action: extra.action, Resource: extra.resource };
    const policy = { ...role.policy, Statement: [...role.policy.Statement, statement] };
    const found = await unused([{ ...role, policy, grants: [...role.grants, extra] }], [get({})]);
    expect(found).toContainEqual({ ...extra, caller: audit });
    expect(found.some(({ action, resource }) => action === 's3:GetObject' && resource.includes('/state/'))).toBe(false);
  });
});

describe('the policies of what is talked to', () => {
  it.each(['s3:GetObject', 'sns:Publish'])('refuse %s without TLS, whatever the role allows', async (action) => {
    const [role] = deployment.roles.filter(({ caller }) => caller === audit) as [Role];
    const local = action === 's3:GetObject' ? state : 'arn:aws:sns:eu-central-1:111122223333:alexander-page';
    const need = { action, resource: deployment.arnOf(local) };
    expect((await ask(deployment, role, need)).result).toBe('Allowed');
    expect((await ask(deployment, role, need, { 'aws:SecureTransport': 'false' })).result).toBe('ExplicitlyDenied');
  });
});
