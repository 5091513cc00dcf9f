/** What one role may do: a policy in which each wildcard has its own recorded reason. */
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

type Conditions = Record<string, Record<string, string | string[]>>;

export class Permissions extends iam.Policy {
  constructor(scope: Construct, id: string, role: iam.IRole) {
    super(scope, id, { roles: [role] });
  }

  /**
   * Allows `actions` on `resources`. A resource that holds a `*` is acknowledged to the security checks by itself and for
   * this policy only, so that the next wildcard needs its own reason. An action never holds one.
   */
  may(actions: string[], resources: string[], reason: string, conditions: Conditions = {}): void {
    if (actions.some((action) => action.includes('*'))) throw new Error(`name each action, not ${actions.join(', ')}`);
    this.addStatements(new iam.PolicyStatement({ actions, resources, conditions }));
    const wildcards = resources.map((resource) => asFinding(this, resource)).filter((name) => name.includes('*'));
    for (const name of wildcards) acknowledge(this, `AwsSolutions-IAM5[Resource::${name}]`, reason);
  }

  /**
   * Allows to decrypt with one customer key, through one AWS service only: the key opens what that service keeps, and
   * nothing that somebody hands to the function. `service` is its name in the key policy, such as `secretsmanager`.
   */
  mayUseKey(actions: string[], kmsKeyArn: string, service: string): void {
    // A service uses keys of its own region only, which need not be this function's.
    const via = `${service}.${kmsKeyArn.split(':')[3]}.amazonaws.com`;
    this.may(actions, [kmsKeyArn], `the customer key of ${service}`, { StringEquals: { 'kms:ViaService': via } });
  }
}

/** A resource as cdk-nag spells it in a finding's name: references in angle brackets. */
function asFinding(scope: Construct, resource: string): string {
  const flat = (node: unknown): string => {
    if (typeof node === 'string') return node;
    const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = node as Record<string, unknown>;
    if (join) return (join as [string, unknown[]])[1].map(flat).join('');
    return attribute ? `<${(attribute as string[]).join('.')}>` : `<${String(ref)}>`;
  };
  return flat(Stack.of(scope).resolve(resource));
}
