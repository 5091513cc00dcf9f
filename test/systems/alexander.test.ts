import { describe, expect, it } from 'vitest';
import { checked } from '../../lib/checked.ts';
import { System } from '../../lib/system.ts';
import alexander from '../../systems/alexander.ts';

describe('systems/alexander.ts', () => {
  it('is a system, and says so without a warning or a look-up', () => {
    expect(checked(System, alexander, 'systems/alexander.ts')).toMatchObject({
      name: 'Alexander',
      account: '111122223333',
    });
  });

  it('only looks until somebody decides otherwise', () => {
    expect(alexander.runbooks['inactive-key-audit'].mode).toBe('report');
  });

  it('calls severities what Alexander’s people call them, and pages for the worst', () => {
    expect(alexander.severities.critical).toEqual({ word: 'SEV1', respondWithin: '15 minutes', topic: 'page' });
    expect([alexander.severities.warning.word, alexander.severities.info.word]).toEqual(['SEV3', 'SEV4']);
  });

  it('audits by the systems’ own access review: unused for 90 days', () => {
    const { policy, keys, owners } = alexander.runbooks['inactive-key-audit'].settings;
    expect(policy.maxIdleDays).toBe(90);
    expect([keys.table, owners.table]).toEqual(['access_keys', 'users']);
  });
});
