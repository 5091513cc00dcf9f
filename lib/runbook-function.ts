/** The house construct: a runbook as it is deployed, with everything that a runbook must never be without. */
import { type Duration, Stack, TimeZone } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type * as z from 'zod';
import { Deployment, type Mode } from '../functions/runtime/contract.ts';
import { checked } from './checked.ts';
import { type ConsoleEvents, consoleEvents } from './console-events.ts';
import { LiveFunction, MAX_QUEUED } from './live-function.ts';
import { NODE_OPTIONS } from './node-options.ts';
import { pageOnBrokenExecutions, pageWhen, runbookMetric } from './runbook-alarms.ts';
import { runbookCode } from './runbook-code.ts';
import type { Shared } from './shared.ts';

type RunbookFunctionProps<Settings extends z.ZodType> = {
  shared: Shared;
  /** The deployment's name in reports, metrics and evidence. */
  name: string;
  /** The folder under `functions/` of its handler, where a runbook is deployed more than once; otherwise its name. */
  folder?: string;
  contract: { Settings: Settings; Input: z.ZodType };
  settings: z.input<Settings>;
  mode: Mode;
  timeout: Duration;
  /** What goes wrong, and for whom, while this runbook does not run; continues "Until this is mended, …". */
  failureImpact: string;
  /** `vpc` gives it the system's private subnets and a security group of its own. */
  network: 'vpc' | 'none';
  reservedConcurrency?: number | undefined;
  /** It outlasts an invocation: `timeout` is then that of each one of them. */
  durable?: { executionTimeout: Duration };
  /** It is a second function of a runbook of this name, whose alarm on critical findings is there already. */
  isSecond?: true;
  /** For the Test button, besides those that every runbook has. */
  moreEvents?: ConsoleEvents;
  /** What only CloudFormation knows of this runbook's own things. */
  environment?: Record<string, string>;
};

/**
 * Without `everyHours`, nobody waits for it. A second schedule that is waited for has a name, and a metric that only its own runs publish:
 * those of the first one prove nothing of it to the watcher.
 */
type Every = { schedule: string; everyHours?: number; own?: { name: string; provenBy: string } };

/** Half a CPU: the database and the network are what a runbook waits for. */
const MEMORY_MB = 1024;

export class RunbookFunction<Settings extends z.ZodType = z.ZodType> extends Construct {
  readonly name: string;
  readonly function: LiveFunction;
  readonly consoleEvents: ConsoleEvents;
  /** Where it is inside the VPC: what a database has to let in. */
  readonly securityGroup: ec2.SecurityGroup | undefined;
  /** When it runs by itself, for the watcher. */
  readonly schedules: (Pick<Every, 'own'> & { everyHours: number })[] = [];
  private readonly props: RunbookFunctionProps<Settings>;

  constructor(scope: Construct, id: string, props: RunbookFunctionProps<Settings>) {
    super(scope, id);
    this.name = props.name;
    this.props = props;
    const { account, region } = Stack.of(this);
    this.consoleEvents = { ...consoleEvents({ mode: props.mode, account, region }), ...props.moreEvents };
    this.securityGroup = props.network === 'vpc' ? ownSecurityGroup(this, props.shared.vpc) : undefined;
    this.function = this.deployed();
    props.shared.admit(this.function.permissions, props.name);
    if (props.mode === 'enforce') props.shared.admitToHalt(this.function.permissions);
    this.pageOnFailure();
    if (!props.isSecond) this.pageOnCriticalFindings();
  }

  /** Adds a permission. A `*` in a resource is acknowledged with `reason`, for this function only. */
  may(actions: string[], resources: string[], reason: string): void {
    this.function.permissions.may(actions, resources, reason);
  }

  /** Lets it read one secret, through its customer key where it has one. */
  mayRead(secret: { secretArn: string; kmsKeyArn?: string | undefined }, reason: string): void {
    this.may(['secretsmanager:GetSecretValue'], [secret.secretArn], reason);
    if (secret.kmsKeyArn) this.function.permissions.mayUseKey(['kms:Decrypt'], secret.kmsKeyArn, 'secretsmanager');
  }

  /** Runs it by itself, in the system's time zone; the ARN and the planned time are what tell two runs apart. */
  runsOn(id: string, every: Every, input: z.input<z.ZodType>): void {
    const { shared, contract, name } = this.props;
    checked(contract.Input, input, `the input of ${name}’s schedule ${id}`);
    const { schedule, everyHours, own } = every;
    if (everyHours !== undefined) this.schedules.push({ everyHours, ...(own && { own }) });
    const payload = {
      trigger: 'schedule',
      scheduleArn: scheduler.ContextAttribute.scheduleArn,
      scheduledAt: scheduler.ContextAttribute.scheduledTime,
      input,
    };
    new scheduler.Schedule(this, id, {
      description: `Runs ${name}`,
      schedule: scheduler.ScheduleExpression.expression(schedule, TimeZone.of(shared.system.timeZone)),
      target: new LambdaInvoke(this.function.live as IFunction, {
        input: scheduler.ScheduleTargetInput.fromObject(payload),
        maxEventAge: MAX_QUEUED,
        deadLetterQueue: shared.failureQueue,
      }),
    });
  }

  private get folder(): string {
    return this.props.folder ?? this.name;
  }

  private deployed(): LiveFunction {
    const { shared, name, mode, durable } = this.props;
    const { vpc, failureQueue } = shared;
    return new LiveFunction(this, 'Deployed', {
      codeFolder: runbookCode(this.folder, this.settingsJson()),
      description: `${shared.system.name}: ${name}, mode ${mode}`,
      timeout: this.props.timeout,
      memoryMb: MEMORY_MB,
      environment: { ...shared.environment(), NODE_OPTIONS, ...this.props.environment },
      // An act that failed is for a person to look at; a look may be tried again. A durable run tries its steps again by itself.
      retryAttempts: mode === 'enforce' || durable ? 0 : 2,
      failureQueue,
      ...(this.securityGroup && { network: { vpc, securityGroup: this.securityGroup } }),
      ...(durable && { durable }),
      ...(this.props.reservedConcurrency && { reservedConcurrency: this.props.reservedConcurrency }),
    });
  }

  /** Checked by the schema that the function reads it with, so what it would refuse at night is refused here. */
  private settingsJson(): unknown {
    const { shared, name, contract, settings, mode } = this.props;
    const { name: system, severities } = shared.system;
    const what = `the settings of ${name} in ${system}`;
    return checked(Deployment(contract.Settings), { system, runbook: name, mode, severities, settings }, what);
  }

  /** Rings again each night that it fails: a missing night is not a good one, and is the watcher's to see. */
  private pageOnFailure(): void {
    pageWhen(this, 'Failed', this.page('it failed or refused to run'), {
      metric: this.function.function.metricErrors(),
      when: 'above 0',
      missingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    if (this.props.durable) pageOnBrokenExecutions(this, this.function.function, (what) => this.page(what));
  }

  /** Each run publishes its count, so the alarm stands until a run counts none; it neither rings nightly nor clears itself. */
  private pageOnCriticalFindings(): void {
    const page = this.page('it has critical findings');
    pageWhen(this, 'Critical', page, {
      metric: runbookMetric(page, 'CriticalFindings', {}),
      when: 'above 0',
      missingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }

  private page(what: string) {
    const { shared, name, failureImpact } = this.props;
    return { shared, runbook: name, folder: this.folder, failureImpact, what: `${name}: ${what}` };
  }
}

/** It reaches AWS and, once a database lets it in, that database; nothing reaches it. */
function ownSecurityGroup(scope: RunbookFunction, vpc: ec2.IVpc): ec2.SecurityGroup {
  const description = `Nightshift ${scope.name}`;
  const group = new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc, description, allowAllOutbound: false });
  group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS, through VPC endpoints or NAT');
  return group;
}
