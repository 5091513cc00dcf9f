import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { explain } from '../../../functions/runtime/schema-error.ts';

const Status = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('boolean'), column: z.string() }),
  z.strictObject({ kind: z.literal('word'), column: z.string(), active: z.string() }),
]);
const schema = z.strictObject({
  name: z.string(),
  retries: z.int().max(3).default(1),
  status: Status.optional(),
  watched: z.array(z.strictObject({ runbook: z.string(), everyHours: z.int().optional() })).default([]),
  words: z.record(z.string(), z.strictObject({ topic: z.enum(['page', 'notify']) })).optional(),
  tls: z.union([z.literal('off'), z.strictObject({ ca: z.string() })]).optional(),
});

function explained(input: unknown): string {
  const parsed = schema.safeParse(input);
  if (parsed.success) throw new Error('the input was to be wrong');
  return explain(parsed.error, { input, schema, what: 'the settings' });
}

describe('what is wrong with an input', () => {
  it('is said all at once, each with its path, what it got and what is allowed', () => {
    const text = explained({ name: 7, retries: 9, words: { critical: { topic: 'sms' } } });
    expect(text.split('\n')).toEqual([
      'the settings: 3 errors',
      '  name: Invalid input: expected string (got 7)',
      '  retries: Too big: expected number to be <=3 (got 9)',
      '  words.critical.topic: Invalid option: expected one of "page"|"notify" (got "sms")',
    ]);
  });

  it('F13 names what was left out', () => {
    expect(explained({})).toBe('the settings: one error\n  name: Invalid input: expected string (got nothing)');
  });

  it('is said of the whole where the whole is wrong', () => {
    expect(explained(null)).toContain('(the whole): Invalid input: expected object (got null)');
    expect(explained([1, 2])).toContain('(got a list of 2)');
  });

  it('of a union, is what is wrong with the nearest option', () => {
    expect(explained({ name: 'x', tls: { ca: 1 } })).toContain('tls.ca: Invalid input: expected string (got 1)');
  });
});

describe('an unknown field', () => {
  it.each([
    ['at the top', { name: 'x', retrys: 1 }, 'retrys: there is no such field; did you mean retries?'],
    [
      'in a list',
      { name: 'x', watched: [{ runbook: 'y', everyHour: 1 }] },
      'watched[0].everyHour: there is no such field; did you mean everyHours?',
    ],
    [
      'in a record',
      { name: 'x', words: { info: { topic: 'page', topics: 1 } } },
      'words.info.topics: there is no such field; did you mean topic?',
    ],
    [
      'in a union',
      { name: 'x', status: { kind: 'word', column: 'c', active: 'A', activ: 'A' } },
      'status.activ: there is no such field; did you mean active?',
    ],
  ])('%s is answered with the nearest one there', (_where, input, said) => {
    expect(explained(input)).toContain(said);
  });

  it('that is near to nothing is answered with all that are allowed', () => {
    expect(explained({ name: 'x', status: { kind: 'boolean', column: 'c', zebra: 1 } })).toContain(
      'status.zebra: there is no such field; allowed are kind, column, active',
    );
  });

  it('F09 named like a part of every object is still unknown', () => {
    const hostile = JSON.parse('{"name":"x","__proto__":{"a":1},"constructor":{"b":1}}');
    expect(explained(hostile)).toContain('__proto__: there is no such field');
    expect(explained(hostile)).toContain('constructor: there is no such field');
  });

  it('F09 has its value kept out of the message', () => {
    expect(explained({ name: 'x', password: 'hunter2-canary' })).not.toContain('canary');
  });
});

describe('F09 a message about a huge input stays short', () => {
  const long = 'y'.repeat(1_000_000);

  it.each([
    ['a value of a megabyte', { name: 'x', status: long }],
    ['a name of a megabyte', { name: 'x', [long]: 1 }],
    [
      'twenty thousand unknown fields',
      { name: 'x', ...Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`f${n}`, n])) },
    ],
    ['twenty thousand wrong items', { name: 'x', watched: Array.from({ length: 20_000 }, () => 1) }],
  ])('%s', (_what, input) => {
    const text = explained(input);
    expect(text.length).toBeLessThan(10_000);
  });

  it('and says how many errors it left out', () => {
    const watched = Array.from({ length: 60 }, () => 1);
    expect(explained({ name: 'x', watched })).toMatch(/60 errors[\s\S]*… and 10 more$/);
  });
});
