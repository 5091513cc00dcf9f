import { DescribeSchemaCommand, SchemasClient, UpdateSchemaCommand } from '@aws-sdk/client-schemas';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { type CloudFormation, deployEvent, startCloudFormation } from './cloud-formation.ts';

const AUDIT = 'Alexander-InactiveKeyAudit-1';
const ROTATIONS = [
  'accesskeytable',
  'httpapi',
  'postgresalternating',
  'elasticacheuser',
  'elasticacheauthtoken',
  'postgresuser',
  'all',
];
const OTHERS = [
  'CertificateChecks',
  'BackupVerification',
  'RestoreDrill',
  'OrphanBlobGc',
  'OrphanBlobGcCoordinator',
  ...ROTATIONS.map((kind) => `CredentialRotation${kind}`),
].map((name) => `Alexander-${name}-1`);
const WATCH = 'Alexander-Watch-1';
const report = { 'report-now': { mode: 'report' } };
const enforce = { 'enforce-now': { mode: 'enforce' } };

let aws: StandIn;
let cloudFormation: CloudFormation;
let handler: (event: unknown) => Promise<void>;
let started: unknown[];

beforeEach(async () => {
  aws = await startStandIn();
  cloudFormation = await startCloudFormation(200);
  started = [];
  aws.registerFunction('watch', (event, qualifier) => started.push([event, qualifier]));
  // The clients are made once, on a cold start, from the environment that Lambda gives.
  const { accessKeyId, secretAccessKey } = aws.credentialsFor('on-deploy');
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  vi.stubEnv('AWS_REGION', aws.region);
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
  vi.resetModules();
  ({ handler } = await import('../../../functions/on-deploy/handler.ts'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  cloudFormation.close();
  await aws.stop();
});

/** The deploy hook's event, with the events that the stack offers for each of `functions`. */
function event(saved: Record<string, unknown>, fields: Record<string, unknown> = {}) {
  return deployEvent({ ResponseURL: cloudFormation.url, ResourceProperties: properties(saved), ...fields });
}

function properties(saved: Record<string, unknown>, functions = [AUDIT]) {
  const WatchArn = `arn:aws:lambda:${aws.region}:${aws.account}:function:watch:live`;
  return { WatchArn, Functions: functions.map((Name) => ({ Name, Events: JSON.stringify(saved) })) };
}

const told = () => JSON.parse(cloudFormation.received.at(-1)?.body ?? '{}');
const changes = () =>
  aws
    .requests()
    .filter(({ operation }) => /Update|Create|Delete/.test(operation))
    .map(({ operation }) => operation);

function person(functionName = AUDIT) {
  const credentials = aws.credentialsFor('a person');
  const client = new SchemasClient({ endpoint: aws.endpoint, region: aws.region, credentials });
  const name = { RegistryName: 'lambda-testevent-schemas', SchemaName: `_${functionName}-schema` };
  return {
    async sees() {
      const { Content } = await client.send(new DescribeSchemaCommand(name));
      return JSON.parse(Content ?? '{}').components.examples;
    },
    async saves(title: string, value: unknown) {
      const { Content } = await client.send(new DescribeSchemaCommand(name));
      const document = JSON.parse(Content ?? '{}');
      document.components.examples[title] = { value };
      await client.send(new UpdateSchemaCommand({ ...name, Type: 'OpenApi3', Content: JSON.stringify(document) }));
    },
  };
}

describe('the first deployment in an account', () => {
  it('makes the registry and the events, starts watch by its alias, and says that all went well', async () => {
    await handler(event(report));
    expect(await person().sees()).toEqual({ 'report-now': { value: { mode: 'report' } } });
    expect(started).toEqual([[{}, 'live']]);
    expect(told()).toMatchObject({ Status: 'SUCCESS', Data: { Problems: 'none' } });
  });
});

describe('a later deployment', () => {
  const update = (saved: Record<string, unknown>, before: Record<string, unknown>) =>
    event(saved, { RequestType: 'Update', PhysicalResourceId: 'Hook', OldResourceProperties: properties(before) });

  it('F01 changes nothing where nothing changed, so that versions are not used up', async () => {
    await handler(event(report));
    await handler(update(report, report));
    expect(changes()).toEqual(['CreateRegistry', 'CreateSchema']);
  });

  it('replaces the events of every function of the stack', async () => {
    const names = [AUDIT, ...OTHERS, WATCH];
    const all = (saved: Record<string, unknown>) => properties(saved, names);
    await handler(event(report, { ResourceProperties: all(report) }));
    const change = { ResourceProperties: all(enforce), OldResourceProperties: all(report) };
    await handler(event(enforce, { RequestType: 'Update', PhysicalResourceId: 'Hook', ...change }));
    for (const name of names) expect(Object.keys(await person(name).sees())).toEqual(['enforce-now']);
  });

  it('keeps what a person saved from the console, and takes back what is no longer offered', async () => {
    await handler(event({ ...report, ...enforce }));
    await person().saves('mine', { restore: ['KEY'] });
    await handler(update(report, { ...report, ...enforce }));
    expect(Object.keys(await person().sees()).toSorted()).toEqual(['mine', 'report-now']);
  });
});

describe('an account where somebody saved an event before', () => {
  it('keeps its registry, whoever made it, also when the stack is taken away', async () => {
    await handler(event(report));
    await handler(event(report, { RequestType: 'Delete', PhysicalResourceId: 'Hook' }));
    await expect(person().sees()).rejects.toThrow(/schema/);
    await handler(event(report));
    expect(await person().sees()).toEqual({ 'report-now': { value: { mode: 'report' } } });
    expect(changes()).not.toContain('DeleteRegistry');
    expect(told()).toMatchObject({ Status: 'SUCCESS', Data: { Problems: 'none' } });
  });
});

describe('a watcher that fails', () => {
  it('is told in the output, with what it said, and is not started twice', async () => {
    aws.registerFunction('watch', () => {
      started.push([{}, 'live']);
      throw new Error('the evidence cannot be read');
    });
    vi.spyOn(console, 'error').mockReturnValue();
    await handler(event(report));
    expect(started).toHaveLength(1);
    expect(told().Status).toBe('SUCCESS');
    expect(told().Data.Problems).toMatch(/^Could not run watch: .*the evidence cannot be read/);
    vi.restoreAllMocks();
  });
});

describe('an account that forbids what the hook does', () => {
  it('is told in the output, and the deployment stands', async () => {
    const missing = {
      ...properties(report),
      WatchArn: `arn:aws:lambda:${aws.region}:${aws.account}:function:nobody:live`,
    };
    vi.spyOn(console, 'error').mockReturnValue();
    await handler(event(report, { ResourceProperties: missing }));
    expect(told().Status).toBe('SUCCESS');
    expect(told().Data.Problems).toMatch(/^Could not run watch: /);
    vi.restoreAllMocks();
  });
});
