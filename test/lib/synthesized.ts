/** Stacks for the tests in this folder: the example system, or a variation of it, synthesized the way `npx cdk` does. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { nightshiftApp } from '../../lib/nightshift-app.ts';
import type { System } from '../../lib/system.ts';
import alexander from '../../systems/alexander.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

export type Resource = {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: string;
};
type Settings = { runbook: string; mode: string; maxEventAgeMinutes: number; settings: Record<string, unknown> };
export type Synthesized = {
  /** The settings.json of each asset that would be uploaded. */
  settings: Settings[];
  /** The asset manifest, as text. */
  assets: string;
  stack: Stack;
  resources: Record<string, Resource>;
  outputs: Record<string, { Value: unknown; Description?: string }>;
};

export const audit = alexander.runbooks['inactive-key-audit'];

export const ACTOR = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/nightshift-actor-d4e5f6';

/** The example with some of its audit's fields replaced. */
export function withAudit(changes: Partial<NonNullable<System['runbooks']['inactive-key-audit']>>): System {
  return { ...alexander, runbooks: { 'inactive-key-audit': { ...audit, ...changes } as never } };
}

/** The example, allowed to turn keys off. */
export function enforcing(): System {
  const database = { ...audit.settings.database, actor: { secretArn: ACTOR } };
  return withAudit({ mode: 'enforce', settings: { ...audit.settings, database } as never });
}

const secretArn = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/${name}-a1b2c3`;
const LIST_KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1b2c3d4e-5f60-7182-93a4-b5c6d7e8f9a0';

/** The example with every source of certificates: a list in S3, secrets, ACM and RDS, from outside the VPC and from inside. */
export function everyCertificate(): System {
  const check = {
    public: {
      schedule: 'cron(15 6 * * ? *)',
      settings: { endpointList: { bucket: 'fleet-inventory', key: 'endpoints.json', kmsKeyArn: LIST_KEY } },
    },
    private: {
      schedule: 'cron(30 6 * * ? *)',
      settings: {
        endpoints: [
          { host: 'db.alexander.internal', port: 5432, protocol: 'postgres' as const, trust: 'own' },
          { host: 'cache.alexander.internal', port: 6379, protocol: 'redis' as const, trust: 'own' },
          { host: 'storage.alexander.internal', port: 443, trust: 'own' },
        ],
        trust: { own: { secretArn: secretArn('own-ca'), kmsKeyArn: LIST_KEY } },
        acm: { regions: ['eu-central-1'] },
        rds: { regions: ['eu-central-1'], trustBundle: { secretArn: secretArn('rds-bundle') } },
      },
    },
  };
  return { ...alexander, runbooks: { 'certificate-check': check } };
}

export function synthesized(system: System = alexander): Synthesized {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const outdir = mkdtempSync(join(tmpdir(), 'nightshift-synth-'));
  const app = nightshiftApp({ 'systems/under-test.ts': system }, { context, outdir });
  const stack = app.node.findChild(system.name) as Stack;
  const template = Template.fromStack(stack).toJSON();
  const assets = readFileSync(join(outdir, `${system.name}.assets.json`), 'utf8');
  const settings = settingsIn(outdir);
  rmSync(outdir, { recursive: true });
  return { stack, resources: template.Resources, outputs: template.Outputs, settings, assets };
}

function settingsIn(assembly: string): Settings[] {
  const folders = readdirSync(assembly).filter((name) => name.startsWith('asset.'));
  const files = folders.map((name) => join(assembly, name, 'settings.json')).filter((path) => existsSync(path));
  return files.map((path) => JSON.parse(readFileSync(path, 'utf8')));
}

/** The resources of one type, by logical id. */
export function ofType({ resources }: Synthesized, type: string): [string, Resource][] {
  return Object.entries(resources).filter(([, resource]) => resource.Type === type);
}

export type Statement = {
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: unknown[];
  Condition?: Record<string, Record<string, unknown>>;
};

/** All statements of the policies of one role, with single actions and resources as lists. */
export function statementsOf(synth: Synthesized, roleId: string): Statement[] {
  const policies = ofType(synth, 'AWS::IAM::Policy').filter(([, policy]) =>
    refs(policy.Properties.Roles).includes(roleId),
  );
  return policies.flatMap(([, { Properties }]) => {
    const { Statement: statements } = Properties.PolicyDocument as { Statement: Record<string, unknown>[] };
    return statements.map(
      (one) => ({ ...one, Action: [one.Action].flat(), Resource: [one.Resource].flat() }) as Statement,
    );
  });
}

/** The role of the function whose logical id begins so. */
export function roleOf(synth: Synthesized, construct: string): string {
  const [entry] = ofType(synth, 'AWS::Lambda::Function').filter(([id]) => id.startsWith(construct));
  if (!entry) throw new Error(`no function begins with ${construct}`);
  return refs(entry[1].Properties.Role)[0] ?? '';
}

/** Logical ids that a value refers to, however deep. */
export function refs(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as Record<string, unknown>;
  if (typeof ref === 'string') return [ref];
  if (Array.isArray(attribute)) return [String(attribute[0])];
  return Object.values(value).flatMap(refs);
}
