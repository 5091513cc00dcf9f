import { Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Accepts one finding of the security checks, with its reason, on the CloudFormation resource of `construct` and on
 * nothing below or beside it.
 */
export function acknowledge(construct: Construct, finding: string, reason: string): void {
  const resource = construct.node.defaultChild;
  if (!resource) throw new Error(`${construct.node.path} has no resource to acknowledge ${finding} on`);
  Validations.of(resource).acknowledge({ id: finding, reason });
}
