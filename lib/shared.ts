/** What the runbooks of one system share: evidence, the halt switch, two topics, the queue of failed events, the network. */
import { Annotations, CfnOutput, Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { Surroundings } from '../functions/runtime/deployment.ts';
import { acknowledge } from './acknowledge.ts';
import { Announcements } from './announcements.ts';
import { Evidence } from './evidence.ts';
import type { Permissions } from './permissions.ts';
import type { CheckedSystem, Vpc } from './system.ts';

export class Shared extends Construct {
  readonly system: CheckedSystem;
  readonly evidence: Evidence;
  readonly halt: ssm.StringParameter;
  readonly page: Announcements;
  readonly notify: Announcements;
  readonly failureQueue: sqs.Queue;
  readonly vpc: ec2.IVpc;

  constructor(scope: Construct, id: string, system: CheckedSystem) {
    super(scope, id);
    this.system = system;
    this.evidence = new Evidence(this, 'Evidence');
    this.halt = haltSwitch(this);
    this.page = new Announcements(this, 'Page', system.topics.page);
    this.notify = new Announcements(this, 'Notify', system.topics.notify);
    this.failureQueue = failureQueue(this);
    this.vpc = importedVpc(this, system.vpc);
    pageAboutFailedEvents(this);
  }

  /** What only CloudFormation knows, for one function's environment; everything else is in its settings. */
  environment(): Omit<Surroundings, 'LAMBDA_TASK_ROOT'> {
    return {
      EVIDENCE_BUCKET: this.evidence.bucket.bucketName,
      HALT_PARAMETER: this.halt.parameterName,
      NOTIFY_TOPIC_ARN: this.notify.topic.topicArn,
      PAGE_TOPIC_ARN: this.page.topic.topicArn,
    };
  }

  /** Lets one runbook keep evidence and tell people: all that report mode may do. */
  admit(permissions: Permissions, runbook: string): void {
    this.evidence.admit(permissions, runbook);
    this.page.admit(permissions);
    this.notify.admit(permissions);
  }

  /** Lets a runbook that may change something ask whether it was halted. What only looks is not stopped, and never asks. */
  admitToHalt(permissions: Permissions): void {
    permissions.may(['ssm:GetParameter'], [this.halt.parameterArn], 'asks whether it was halted');
  }
}

/** CloudFormation writes `run` once; afterwards the value is the operators', and a deployment leaves it alone. */
function haltSwitch(scope: Construct): ssm.StringParameter {
  const halt = new ssm.StringParameter(scope, 'Halt', {
    stringValue: 'run',
    allowedPattern: '^(run|halt)$',
    description: 'run, or halt: no runbook of this system changes anything more. Undoing still works.',
  });
  const command = `aws ssm put-parameter --overwrite --name ${halt.parameterName} --value halt`;
  new CfnOutput(scope, 'HaltCommand', { value: command, description: 'Stops every change of this system’s runbooks' });
  return halt;
}

function failureQueue(scope: Construct): sqs.Queue {
  const queue = new sqs.Queue(scope, 'FailedEvents', {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(queue, 'AwsSolutions-SQS3', 'It is itself where failed events go: the last queue, which a person reads.');
  return queue;
}

/** An event that expired or could not be delivered never made a function fail, so no other alarm would ring for it. */
function pageAboutFailedEvents({ failureQueue, page, system }: Shared): void {
  const waiting = failureQueue.metricApproximateNumberOfMessagesVisible({
    period: Duration.minutes(5),
    statistic: 'Maximum',
  });
  const alarm = new cloudwatch.Alarm(failureQueue, 'Waiting', {
    metric: waiting,
    threshold: 0,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    alarmDescription:
      `${system.name}: an event for a runbook was given up, so what it asked for was not done. ` +
      'Read the message in the queue, mend the cause, run the runbook by hand, then delete the message.',
  });
  alarm.addAlarmAction(new SnsAction(page.topic));
}

function importedVpc(scope: Construct, attributes: Vpc): ec2.IVpc {
  const vpc = ec2.Vpc.fromVpcAttributes(scope, 'Vpc', attributes);
  for (const subnet of vpc.privateSubnets) {
    const warning = '@aws-cdk/aws-ec2:noSubnetRouteTableId';
    Annotations.of(subnet).acknowledgeWarning(warning, 'Nothing here reads or changes a route table.');
  }
  return vpc;
}
