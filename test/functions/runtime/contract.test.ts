import { describe, expect, it } from 'vitest';
import { Arn, Caps, Database, RunbookName } from '../../../functions/runtime/contract.ts';

const reader = { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/reader-a1b2c3' };

describe('F13 a setting left out', () => {
  it('is the careful one: TLS verified, ten targets, five percent', () => {
    expect(Database.parse({ reader })).toEqual({ reader, tls: 'verify-full' });
    expect(Caps.parse({})).toEqual({ maxTargets: 10, maxPercent: 5 });
  });

  it('is refused where no value is careful', () => {
    expect(Database.safeParse({}).success).toBe(false);
  });
});

describe('a setting', () => {
  it.each([
    ['a cap of none', Caps, { maxTargets: 0 }],
    ['a cap without limit', Caps, { maxTargets: Number.POSITIVE_INFINITY }],
    ['a percentage above all', Caps, { maxPercent: 101 }],
    ['half-verified TLS', Database, { reader, tls: 'require' }],
    ['an authority that is no certificate', Database, { reader, caPem: 'trust me' }],
    ['a name that is not complete', Arn, 'alexander/reader'],
    ['a name that leaves its folder', RunbookName, '../other'],
    ['a name that is a path', RunbookName, 'a/b'],
  ])('is refused: %s', (_what, schema, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});
