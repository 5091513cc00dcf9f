/** Turns every shape of event that reaches a function into a trigger, an identity and an input. Anything else is an error. */
import * as z from 'zod';
import { InputError } from './errors.ts';
import type { TriggerKind } from './report.ts';
import { explain } from './schema-error.ts';

export type Trigger = { kind: TriggerKind; at: string };

export type Incoming<Input> = {
  trigger: Trigger;
  /** The same for two deliveries of one event, and for nothing else. */
  identity: string;
  input: Input;
  /** Set where the event asks for nothing, with the reason: an alarm that went back to OK. */
  nothingToDo?: string;
};

/** Our own payload, so nothing unknown is let through. EventBridge Scheduler fills in the ARN and the time. */
const ScheduleEvent = z.strictObject({
  trigger: z.literal('schedule'),
  scheduleArn: z.string().startsWith('arn:'),
  scheduledAt: z.iso.datetime(),
  input: z.unknown().optional(),
});

/** CloudWatch writes `+0000` where ISO 8601 wants `+00:00`; Date reads both. */
const alarmTime = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'a date and time');

const AlarmState = z.looseObject({ value: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']), timestamp: alarmTime });

/** “CloudWatch Alarm State Change” from EventBridge. AWS adds fields over time, so unknown ones are let through. */
const AlarmChange = z.looseObject({
  source: z.literal('aws.cloudwatch'),
  'detail-type': z.literal('CloudWatch Alarm State Change'),
  time: z.iso.datetime(),
  resources: z.array(z.string()).min(1),
  detail: z.looseObject({ alarmName: z.string(), state: AlarmState }),
});

/** What CloudWatch sends when a function is itself the alarm's action. */
const AlarmAction = z.looseObject({
  source: z.literal('aws.cloudwatch'),
  alarmArn: z.string().startsWith('arn:'),
  time: alarmTime,
  alarmData: z.looseObject({ alarmName: z.string(), state: AlarmState }),
});

/** What Secrets Manager sends to a secret's rotation function, four times for each new version. */
const RotationStep = z.looseObject({
  Step: z.enum(['createSecret', 'setSecret', 'testSecret', 'finishSecret']),
  SecretId: z.string().startsWith('arn:'),
  /** Becomes the id of the new version. */
  ClientRequestToken: z.string().min(32).max(64),
  /** Proves to Secrets Manager on whose behalf a new version is put; to be told to nobody else. */
  RotationToken: z.string().optional(),
});
export type RotationStep = z.infer<typeof RotationStep>;

type Parsed = { trigger: Trigger; identity: string; input: unknown; nothingToDo?: string };

/**
 * @param requestId Lambda's request id, which asynchronous retries keep: what makes two manual events the same one
 * @throws InputError naming the field, what it got and what is allowed
 */
export function readEvent<Input>(
  event: unknown,
  { input, requestId, now }: { input: z.ZodType<Input>; requestId: string; now: Date },
): Incoming<Input> {
  const manual = { trigger: { kind: 'manual', at: now.toISOString() } as const, identity: `request ${requestId}` };
  const parsed = fromAws(event) ?? { ...manual, input: event };
  return { ...parsed, input: parse(input, parsed.input, 'the event') };
}

/** @throws InputError where it is a broken one */
export function readRotationStep(event: object): RotationStep {
  return parse(RotationStep, event, 'the rotation’s event');
}

/** To be asked first by a function that rotates secrets; an ordinary runbook refuses such an event. */
export function isRotationStep(event: unknown): event is object {
  return event !== null && typeof event === 'object' && 'Step' in event && 'SecretId' in event;
}

function fromAws(event: unknown): Parsed | undefined {
  if (event === null || typeof event !== 'object') return undefined;
  if ('trigger' in event) return fromSchedule(parse(ScheduleEvent, event, 'the schedule’s event'));
  if ('alarmData' in event) return fromAction(parse(AlarmAction, event, 'the alarm’s event'));
  if ('detail-type' in event) return fromChange(parse(AlarmChange, event, 'the event from EventBridge'));
  if (isRotationStep(event)) {
    throw new InputError(
      'This is a step of a secret’s rotation, and this function rotates nothing. Correct the secret’s rotation function.',
    );
  }
  return undefined;
}

function fromSchedule(event: z.infer<typeof ScheduleEvent>): Parsed {
  const identity = `schedule ${event.scheduleArn} ${event.scheduledAt}`;
  return {
    trigger: { kind: 'schedule', at: event.scheduledAt },
    identity,
    input: event.input === undefined ? {} : event.input,
  };
}

function fromChange({ detail, resources, time }: z.infer<typeof AlarmChange>): Parsed {
  return fromAlarm({ arn: resources[0] ?? detail.alarmName, name: detail.alarmName, state: detail.state, at: time });
}

function fromAction({ alarmArn, alarmData, time }: z.infer<typeof AlarmAction>): Parsed {
  return fromAlarm({ arn: alarmArn, name: alarmData.alarmName, state: alarmData.state, at: time });
}

type Alarm = { arn: string; name: string; state: z.infer<typeof AlarmState>; at: string };

/** Both payloads of one change carry the same state time, so an alarm that is wired up twice still acts once. */
function fromAlarm({ arn, name, state, at }: Alarm): Parsed {
  const quiet = state.value !== 'ALARM' && {
    nothingToDo: `The alarm ${name} went to ${state.value}; only a change to ALARM acts.`,
  };
  return {
    trigger: { kind: 'alarm', at: new Date(at).toISOString() },
    identity: `alarm ${arn} ${new Date(state.timestamp).getTime()}`,
    input: {},
    ...quiet,
  };
}

function parse<Value>(schema: z.ZodType<Value>, value: unknown, what: string): Value {
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new InputError(
      `${explain(parsed.error, { input: value, schema, what })}\nAn empty event, {}, runs as deployed.`,
    );
  return parsed.data;
}

/** Clocks of AWS's own services agree far better than this. */
const MAX_AHEAD_MS = 15 * 60_000;

/**
 * @param now by a clock of AWS, which dated the event
 * @throws InputError when an event was meant for another time: it waited in a queue for hours, or is dated in the future
 */
export function refuseStale(trigger: Trigger, { now, maxAgeMinutes }: { now: Date; maxAgeMinutes: number }): void {
  // What a person types carries no date of its own, nor does a step of a rotation.
  if (trigger.kind === 'manual' || trigger.kind === 'rotation') return;
  const ageMs = now.getTime() - new Date(trigger.at).getTime();
  if (ageMs > maxAgeMinutes * 60_000) {
    const age = `${Math.round(ageMs / 60_000)} minutes old`;
    throw new InputError(
      `The ${trigger.kind} event of ${trigger.at} is ${age}; at most ${maxAgeMinutes} are allowed. Run it by hand if it is still wanted.`,
    );
  }
  if (ageMs < -MAX_AHEAD_MS)
    throw new InputError(`The ${trigger.kind} event is dated ${trigger.at}, which is in the future.`);
}
