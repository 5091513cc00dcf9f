/** A Lambda function as this house deploys every one: what `RunbookFunction` and the deploy hook have in common. */
import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Permissions } from './permissions.ts';

/** Half of what `Deployment.maxEventAgeMinutes` allows: a scheduler may have kept the event for the other half. */
export const MAX_QUEUED = Duration.hours(1);

type LiveFunctionProps = {
  /** Folder with `index.mjs`. */
  codeFolder: string;
  description: string;
  timeout: Duration;
  /** Lambda gives CPU in proportion; 1,769 MB is one whole CPU. */
  memoryMb: number;
  environment: Record<string, string>;
  /** How often Lambda tries an asynchronous event again: 0 for what acts. */
  retryAttempts: 0 | 1 | 2;
  failureQueue: sqs.IQueue;
  network?: { vpc: ec2.IVpc; securityGroup: ec2.ISecurityGroup };
  reservedConcurrency?: number;
  /** An execution that outlasts an invocation. Only a function that is made so can be durable: to change it makes another one. */
  durable?: { executionTimeout: Duration };
};

/** For how long AWS keeps what each step of an execution answered. */
const HISTORY = Duration.days(30);

export class LiveFunction extends Construct {
  readonly function: lambda.Function;
  readonly permissions: Permissions;
  /** What every trigger invokes: a trigger on the function itself would skip the retries and the failure queue below. */
  readonly live: lambda.Alias;

  constructor(scope: Construct, id: string, props: LiveFunctionProps) {
    super(scope, id);
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.SIX_MONTHS });
    this.permissions = new Permissions(this, 'May', role);
    this.permissions.may(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn], 'its own log');
    this.permissions.may(['sqs:SendMessage'], [props.failureQueue.queueArn], 'events that nobody could handle');
    this.function = new lambda.Function(this, 'Function', { ...runtimeProps(props), role, logGroup });
    // Lambda tries these permissions while it creates the function and the alias: they have to be there first.
    this.function.node.addDependency(this.permissions);
    if (props.network) this.function.node.addDependency(networkPermissions(this, role));
    if (props.durable) durablePermissions(this, role);
    this.live = new lambda.Alias(this, 'Live', {
      aliasName: 'live',
      // CDK's own types disagree about an optional role under exactOptionalPropertyTypes.
      version: this.function.currentVersion as lambda.IVersion,
      retryAttempts: props.retryAttempts,
      maxEventAge: MAX_QUEUED,
      // Not `SqsDestination`, which grants two more actions than sending.
      onFailure: { bind: () => ({ destination: props.failureQueue.queueArn }) },
    });
  }
}

function runtimeProps(props: LiveFunctionProps): lambda.FunctionProps {
  return {
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(props.codeFolder),
    description: props.description,
    timeout: props.timeout,
    memorySize: props.memoryMb,
    environment: props.environment,
    ...(props.reservedConcurrency && { reservedConcurrentExecutions: props.reservedConcurrency }),
    ...(props.durable && { durableConfig: { ...props.durable, retentionPeriod: HISTORY } }),
    ...(props.network && {
      vpc: props.network.vpc,
      vpcSubnets: { subnets: props.network.vpc.privateSubnets },
      securityGroups: [props.network.securityGroup],
    }),
  };
}

/** In a policy of its own, after the function: the function waits for its other permissions, and these name the function. */
function durablePermissions(live: LiveFunction, role: iam.IRole): void {
  const durable = new Permissions(live, 'Durable', role);
  durable.may(
    ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
    [`${live.function.functionArn}:*`],
    'its own executions, which are named after the version that runs them and by AWS',
  );
}

const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** In a policy of its own, so that the acknowledged `*` covers nothing else. */
function networkPermissions(scope: Construct, role: iam.IRole): Permissions {
  const network = new Permissions(scope, 'Network', role);
  network.may(
    NETWORK_ACTIONS,
    ['*'],
    'Lambda makes and removes network interfaces with the role of the function, and accepts no narrower resource. The ' +
      'denial beside it keeps the code itself from using them.',
  );
  // Lambda adds this key to each request that is made with the credentials inside the function, and only to those.
  network.addStatements(
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions: NETWORK_ACTIONS,
      resources: ['*'],
      conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    }),
  );
  return network;
}
