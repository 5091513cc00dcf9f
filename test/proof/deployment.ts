/** One synthesized system as IAM sees it: each function's role, and the policies of what they talk to. */
import type { System } from '../../lib/system.ts';
import type { Synthesized } from '../lib/synthesized.ts';
import { arnsOf } from './local-names.ts';
import type { KeyOf } from './needs.ts';
import { type Role, readRole } from './role.ts';
import { type Document, type Template, templateOf } from './template.ts';

export type Deployment = {
  name: string;
  roles: Role[];
  keyOf: KeyOf;
  /** The ARN here of what the local estate calls so. @throws Error for what this deployment does not have */
  arnOf(localArn: string): string;
  /** The policy of a bucket of this stack (asked for it or for an object in it), of a topic, or of a customer key. */
  resourcePolicyOf(arn: string): Document | undefined;
};

/** The functions of a deployment: who they are in the request log, and what the ids of their constructs begin with. */
function functionsOf(mode: 'report' | 'enforce'): { caller: string; construct: string }[] {
  return [
    { caller: `inactive-key-audit ${mode}`, construct: 'InactiveKeyAudit' },
    // It changes nothing, so it is in report mode wherever it is.
    { caller: 'watch report', construct: 'Watch' },
    { caller: 'on-deploy', construct: 'DeployHook' },
  ];
}

export function deploymentOf(name: string, system: System, synth: Synthesized): Deployment {
  const template = templateOf(synth);
  const keys = customerKeys(system);
  const functions = functionsOf(system.runbooks['inactive-key-audit']?.mode ?? 'report');
  return {
    name,
    roles: functions.map((one) => readRole(one, synth, template)),
    keyOf: (arn) => keys.get(arn),
    arnOf: arnsOf(system, template),
    resourcePolicyOf: resourcePolicies(template, [...keys.values()]),
  };
}

function customerKeys({ topics, runbooks }: System): Map<string, string> {
  const { reader, actor } = runbooks['inactive-key-audit']?.settings.database ?? {};
  const secrets = [reader, actor].map((secret) => [secret?.secretArn, secret?.kmsKeyArn]);
  const all = [...secrets, ...[topics.page, topics.notify].map(({ topicArn, kmsKeyArn }) => [topicArn, kmsKeyArn])];
  return new Map(all.flatMap(([arn, key]) => (arn && key ? [[arn, key] as const] : [])));
}

/** The key policy that AWS writes by default: it leaves the matter to the policies of the account's roles. */
const KEY_POLICY: Document = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' },
  ],
};

function resourcePolicies(template: Template, keys: string[]): Deployment['resourcePolicyOf'] {
  const buckets = template
    .all('AWS::S3::BucketPolicy')
    .map(({ Bucket, PolicyDocument }) => [`arn:aws:s3:::${Bucket}`, PolicyDocument as Document] as const);
  const topics = template
    .all('AWS::SNS::TopicPolicy')
    .flatMap(({ Topics, PolicyDocument }) =>
      (Topics as string[]).map((topic) => [topic, PolicyDocument as Document] as const),
    );
  const policies = new Map([...buckets, ...topics, ...keys.map((key) => [key, KEY_POLICY] as const)]);
  return (arn) => policies.get(arn.startsWith('arn:aws:s3:::') ? arn.replace(/\/.*$/, '') : arn);
}
