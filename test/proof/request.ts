/** What the tests asked of the stand-in, as the proof needs it: each distinct question once. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedRequest } from '../../local/aws/requests.ts';

/** As the runtime makes it: the second in which a run began, and something random. RDS knows small letters only. */
const RUN_ID = /\d{8}T\d{6}Z-[0-9a-f]{8}/gi;

/** @throws Error when there is no log: a proof from nothing would prove nothing */
export function readRequests(folder: string): RecordedRequest[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  if (files.length === 0) throw new Error('No request is on record. Run all tests first: npx vitest run');
  const distinct = new Map<string, RecordedRequest>();
  for (const file of files) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean)) {
      // Requests of two runs that differ in the run's id only are one question to a policy.
      const alike = line.replaceAll(RUN_ID, '20260101T000000Z-00000000');
      if (!distinct.has(alike)) distinct.set(alike, JSON.parse(alike) as RecordedRequest);
    }
  }
  return [...distinct.values()];
}
