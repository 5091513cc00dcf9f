import { beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from './deployment.ts';
import { deployed } from './deployments.ts';
import type { Role } from './role.ts';
import { ask } from './simulate.ts';

const MARK = 'nightshift:scratch';
const OURS = 'Alexander/restore-drill/20260101T020000Z-0a1b2c3d';
const rds = (resource: string) => `arn:aws:rds:eu-central-1:111122223333:${resource}`;
const COPY = rds('db:nightshift-drill-20260101t020000z-0a1b2c3d');

describe.each(['a drill from snapshots', 'a drill to a point in time, with a customer key'] as const)('%s', (name) => {
  let deployment: Deployment;
  let role: Role;
  beforeAll(() => {
    deployment = deployed(name);
    role = deployment.roles.find(({ caller }) => caller.startsWith('restore-drill')) as Role;
  });
  const asked = async (action: string, resource: string, conditions: Record<string, string>) =>
    (await ask(deployment, role, { action, resource, conditions })).result;

  it.each(['rds:DeleteDBInstance', 'rds:ModifyDBInstance'])('F75 may ask %s of its own copies only', async (action) => {
    const marked = (mark: string) => ({ [`aws:ResourceTag/${MARK}`]: mark });
    expect(await asked(action, COPY, marked(OURS))).toBe('Allowed');
    expect(await asked(action, COPY, {})).toBe('ImplicitlyDenied');
    expect(await asked(action, COPY, marked(OURS.replace('Alexander', 'Alexandria')))).toBe('ImplicitlyDenied');
    expect(await asked(action, rds('db:apex-db'), {})).toBe('ImplicitlyDenied');
    expect(await asked(action, rds('db:apex-db'), marked(OURS))).toBe('ImplicitlyDenied');
  });

  it('F74 may make no copy without its mark, under another name, or in public', async () => {
    const way = name.includes('snapshots') ? 'FromDBSnapshot' : 'ToPointInTime';
    const action = `rds:RestoreDBInstance${way}`;
    const marked = { [`aws:RequestTag/${MARK}`]: OURS };
    const hidden = { 'rds:PubliclyAccessible': 'false' };
    expect(await asked(action, COPY, { ...marked, ...hidden })).toBe('Allowed');
    expect(await asked(action, COPY, hidden)).toBe('ImplicitlyDenied');
    expect(await asked(action, COPY, { ...marked, 'rds:PubliclyAccessible': 'true' })).toBe('ImplicitlyDenied');
    expect(await asked(action, rds('db:apex-db-2'), { ...marked, ...hidden })).toBe('ImplicitlyDenied');
    expect(await asked('rds:AddTagsToResource', rds('db:apex-db'), marked)).toBe('ImplicitlyDenied');
  });
});
