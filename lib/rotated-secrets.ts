/** What a function needs to rotate secrets, and what makes Secrets Manager call it. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { RotatedSecret } from '../functions/credential-rotation/contract.ts';
import type { Mode } from '../functions/runtime/contract.ts';
import type { RunbookFunction } from './runbook-function.ts';

type Secrets = Pick<RotatedSecret, 'secretArn' | 'kmsKeyArn'>[];

/** As in `functions/credential-rotation/tell-consumers.ts`, which a stack does not import. A test holds them together. */
const EVENT_SOURCE = 'nightshift.credential-rotation';

/** In report mode it sees labels and times. The value of a secret is the power to log in, and to change what it logs in to. */
export function mayRotate(runbook: RunbookFunction, { mode, secrets }: { mode: Mode; secrets: Secrets }): void {
  const arns = secrets.map(({ secretArn }) => secretArn);
  runbook.may(['secretsmanager:DescribeSecret'], arns, 'sees which version is which');
  if (mode === 'report') return;
  const actions = [
    'secretsmanager:GetSecretValue',
    'secretsmanager:PutSecretValue',
    'secretsmanager:UpdateSecretVersionStage',
  ];
  runbook.may(actions, arns, 'rotates them');
  for (const kmsKeyArn of new Set(secrets.flatMap((secret) => secret.kmsKeyArn ?? [])))
    runbook.function.permissions.mayUseKey(['kms:Decrypt', 'kms:GenerateDataKey'], kmsKeyArn, 'secretsmanager');
  const bus = Stack.of(runbook).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
  // A request may hold several events, so the condition is of all of them; without any it would be no request.
  const asUs = { 'ForAllValues:StringEquals': { 'events:source': EVENT_SOURCE } };
  runbook.function.permissions.may(['events:PutEvents'], [bus], 'tells programs that a credential has changed', asUs);
}

/**
 * In enforce mode only. A deployment rotates nothing: unless it is told otherwise, CloudFormation rotates each secret at once. CDK's own
 * grant leaves out SourceAccount, so the permission is written here.
 */
export function rotatesBy(
  runbook: RunbookFunction,
  { secrets, schedule }: { secrets: Secrets; schedule: string },
): void {
  const { live } = runbook.function;
  for (const [index, { secretArn }] of secrets.entries()) {
    const permission = new lambda.CfnPermission(runbook, `RotatedBy${index}`, {
      action: 'lambda:InvokeFunction',
      functionName: live.functionArn,
      principal: 'secretsmanager.amazonaws.com',
      sourceAccount: Stack.of(runbook).splitArn(secretArn, ArnFormat.COLON_RESOURCE_NAME).account ?? '',
      sourceArn: secretArn,
    });
    const rotation = new secretsmanager.CfnRotationSchedule(runbook, `Rotation${index}`, {
      secretId: secretArn,
      rotationLambdaArn: live.functionArn,
      rotationRules: { scheduleExpression: schedule },
      rotateImmediatelyOnUpdate: false,
    });
    // Secrets Manager tries the function as it is told to rotate by it.
    rotation.node.addDependency(permission, runbook.function);
  }
}
