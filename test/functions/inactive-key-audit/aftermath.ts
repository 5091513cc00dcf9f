/** What must be true of the evidence and the state once everything has been settled, whatever crashed before. */
import { expect } from 'vitest';
import type { KeyRecord } from '../../../functions/inactive-key-audit/key-record.ts';
import type { Estate } from '../../../local/estate.ts';
import { readLedger } from '../time.ts';
import { bucketOf, storedReports } from './keys.ts';

export const recordKey = (id: string) => `state/inactive-key-audit/keys/${id}.json`;

function recordOf(estate: Estate, id: string): KeyRecord | undefined {
  const object = estate.aws.objects(bucketOf(estate)).find(({ key }) => key === recordKey(id));
  return object && JSON.parse(object.body.toString());
}

function runState(estate: Estate) {
  const objects = estate.aws.objects(bucketOf(estate));
  const state = objects.find(({ key }) => key === 'state/inactive-key-audit/run.json');
  return JSON.parse(state?.body.toString() ?? '{}');
}

/** Nobody holds the lease, nothing is left to settle, and the ledger can be read. */
export function expectTidy(estate: Estate): void {
  expect(runState(estate)).toMatchObject({ unfinished: [] });
  expect(runState(estate)).not.toHaveProperty('holder');
  expect(() => readLedger(estate)).not.toThrow();
}

/** Each key's last change is settled, names a run, and some stored report says that it was done. */
export function expectOnRecord(estate: Estate, action: 'disable' | 'restore', keyIds: string[]): void {
  const told = storedReports(estate).flatMap(({ outcomes }) => outcomes);
  for (const id of keyIds) {
    const last = recordOf(estate, id)?.changes.findLast(({ status }) => status === 'done');
    expect(last).toMatchObject({ action, runId: expect.stringMatching(/^\d{8}T\d{6}Z-/) });
    expect(recordOf(estate, id)?.changes.map(({ status }) => status)).not.toContain('begun');
    expect(told).toContainEqual(expect.objectContaining({ target: id, action, status: 'done' }));
  }
}
