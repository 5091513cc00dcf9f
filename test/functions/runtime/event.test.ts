import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BaseInput } from '../../../functions/runtime/contract.ts';
import { readEvent, refuseStale } from '../../../functions/runtime/event.ts';

const NOW = new Date('2026-03-02T04:30:00Z');
const read = (event: unknown, requestId = 'r-1') => readEvent(event, { input: BaseInput, requestId, now: NOW });

const ALARM_ARN = 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:replica-lag';
const CHANGED_AT = '2026-03-02T04:29:12.345+0000';

/** As EventBridge delivers it; the fields are those of AWS's own sample. */
const alarmChange = (value: string, timestamp = CHANGED_AT) => ({
  version: '0',
  id: 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92',
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  account: '111122223333',
  time: '2026-03-02T04:29:13Z',
  region: 'eu-central-1',
  resources: [ALARM_ARN],
  detail: {
    alarmName: 'replica-lag',
    state: { value, reason: 'Threshold Crossed', reasonData: '{}', timestamp },
    previousState: { value: 'OK', timestamp: '2026-03-01T00:00:00.000+0000' },
    configuration: { metrics: [] },
  },
});

/** As CloudWatch calls a function that is an alarm's action. */
const alarmAction = (value: string, timestamp = CHANGED_AT) => ({
  source: 'aws.cloudwatch',
  alarmArn: ALARM_ARN,
  accountId: '111122223333',
  time: '2026-03-02T04:29:13.500+0000',
  region: 'eu-central-1',
  alarmData: { alarmName: 'replica-lag', state: { value, reason: 'x', timestamp }, configuration: {} },
});

const schedule = (fields: object = {}) => ({
  trigger: 'schedule',
  scheduleArn: 'arn:aws:scheduler:eu-central-1:111122223333:schedule/default/Daily',
  scheduledAt: '2026-03-02T04:30:00Z',
  input: {},
  ...fields,
});

describe('an event that a person typed', () => {
  it('F09 may be empty: it runs as deployed', () => {
    expect(read({})).toEqual({
      trigger: { kind: 'manual', at: NOW.toISOString() },
      identity: 'request r-1',
      input: {},
    });
  });

  it('F01 is the same as another one only where Lambda says so', () => {
    expect(read({}, 'r-1').identity).toBe(read({ mode: 'report' }, 'r-1').identity);
    expect(read({}, 'r-2').identity).not.toBe(read({}, 'r-1').identity);
  });
});

describe('a schedule’s event', () => {
  it('is known by its schedule and its time, and carries its input', () => {
    const incoming = read(schedule({ input: { mode: 'report' } }));
    expect(incoming.trigger).toEqual({ kind: 'schedule', at: '2026-03-02T04:30:00Z' });
    expect(incoming.input).toEqual({ mode: 'report' });
    expect(read(schedule(), 'another request').identity).toBe(incoming.identity);
    expect(read(schedule({ scheduledAt: '2026-03-03T04:30:00Z' })).identity).not.toBe(incoming.identity);
  });

  it('may come without an input', () => {
    const { input: _none, ...bare } = schedule();
    expect(read(bare).input).toEqual({});
  });
});

describe('an alarm’s event', () => {
  it('F01 F93 is one and the same in both forms in which CloudWatch tells of one change', () => {
    const [fromBridge, direct] = [read(alarmChange('ALARM')), read(alarmAction('ALARM'))];
    expect(fromBridge.identity).toBe(direct.identity);
    expect(fromBridge.trigger.kind).toBe('alarm');
    expect(direct.trigger).toEqual({ kind: 'alarm', at: '2026-03-02T04:29:13.500Z' });
    expect(fromBridge.nothingToDo ?? direct.nothingToDo).toBeUndefined();
  });

  it('is another one when the alarm changes again', () => {
    expect(read(alarmChange('ALARM', '2026-03-02T04:31:00.000+0000')).identity).not.toBe(
      read(alarmChange('ALARM')).identity,
    );
  });

  it.each(['OK', 'INSUFFICIENT_DATA'])('F93 asks for nothing when the alarm went to %s', (state) => {
    for (const event of [alarmChange(state), alarmAction(state)])
      expect(read(event).nothingToDo).toBe(`The alarm replica-lag went to ${state}; only a change to ALARM acts.`);
  });
});

describe('F09 anything else', () => {
  const hostile: [string, unknown, string][] = [
    ['nothing', undefined, 'expected object (got nothing)'],
    ['null', null, 'expected object (got null)'],
    ['a list', [], 'expected object (got a list of 0)'],
    ['a number', 7, 'expected object (got 7)'],
    ['a word', 'run', 'expected object (got "run")'],
    [
      'the console’s own sample',
      { key1: 'value1', key2: 'value2', key3: 'value3' },
      'key1: there is no such field; allowed are mode',
    ],
    [
      'a wrong value',
      { mode: 'enforced' },
      'mode: Invalid option: expected one of "report"|"enforce" (got "enforced")',
    ],
    ['a wrong type', { mode: ['enforce'] }, 'got a list of 1'],
    ['a typing error', { Mode: 'enforce' }, 'Mode: there is no such field; did you mean mode?'],
    ['a polluting name', JSON.parse('{"__proto__":{"mode":"enforce"}}'), '__proto__: there is no such field'],
    [
      'a schedule’s without its time',
      schedule({ scheduledAt: undefined }),
      'scheduledAt: Invalid input: expected string (got nothing)',
    ],
    [
      'a schedule’s whose time was never filled in',
      schedule({ scheduledAt: '<aws.scheduler.scheduled-time>' }),
      'scheduledAt: Invalid ISO datetime',
    ],
    ['a schedule’s with an extra field', schedule({ mode: 'enforce' }), 'mode: there is no such field'],
    ['a schedule’s with a wrong input', schedule({ input: null }), 'expected object (got null)'],
    ['another trigger', { trigger: 'manual' }, 'trigger: Invalid input: expected "schedule" (got "manual")'],
    [
      'another service’s event',
      { ...alarmChange('ALARM'), source: 'aws.ec2' },
      'source: Invalid input: expected "aws.cloudwatch" (got "aws.ec2")',
    ],
    ['an alarm’s in an unknown state', alarmChange('ALARMED'), 'detail.state.value: Invalid option'],
    [
      'an alarm’s at no time',
      alarmChange('ALARM', 'yesterday'),
      'detail.state.timestamp: a date and time (got "yesterday")',
    ],
    ['an alarm action’s at no time', { ...alarmAction('ALARM'), time: 'now' }, 'time: a date and time (got "now")'],
    ['an alarm action’s without an alarm', { alarmData: {} }, 'alarmArn: Invalid input: expected string (got nothing)'],
    [
      'a rotation’s step',
      { Step: 'createSecret', SecretId: 'arn:x', ClientRequestToken: 't' },
      'This is a step of a secret’s rotation',
    ],
  ];

  it.each(hostile)('%s is an InputError that says what is allowed', (_what, event, said) => {
    expect(() => read(event)).toThrowError(
      expect.objectContaining({ name: 'InputError', message: expect.stringContaining(said) }),
    );
  });

  it('never ends in any other error, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', 'trigger', 'alarmData', 'detail-type'), (value, key) => {
        const event = key === '' ? value : { [key]: value };
        try {
          read(event);
        } catch (error) {
          expect((error as Error).name).toBe('InputError');
        }
      }),
    );
  });
});

describe('F10 an event that is late', () => {
  const refuse = (at: string, maxAgeMinutes = 120, kind: 'schedule' | 'manual' = 'schedule') =>
    refuseStale({ kind, at }, { now: NOW, maxAgeMinutes });

  it('is refused with its age', () => {
    expect(() => refuse('2026-03-02T01:00:00Z')).toThrowError(
      /event of 2026-03-02T01:00:00Z is 210 minutes old; at most 120 are allowed/,
    );
  });

  it('is taken up to the minute that settings allow', () => {
    expect(() => refuse('2026-03-02T02:30:00Z')).not.toThrow();
    expect(() => refuse('2026-03-02T02:29:59Z')).toThrowError(/minutes old/);
    expect(() => refuse('2026-03-02T01:00:00Z', 240)).not.toThrow();
  });

  it('is refused where it is dated in the future', () => {
    expect(() => refuse('2026-03-02T05:00:00Z')).toThrowError(/in the future/);
    expect(() => refuse('2026-03-02T04:40:00Z')).not.toThrow();
  });

  it('F18 is never one that a person typed, whatever this machine’s clock says', () => {
    expect(() => refuse('2026-03-02T08:30:00Z', 120, 'manual')).not.toThrow();
  });
});
