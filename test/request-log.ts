/**
 * Keeps the requests that a whole run of the tests makes of the AWS stand-in, for the proof of permissions
 * (`vitest.proof.config.ts`), which is the next step of `npm test`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

/** One file of JSON lines for each stand-in that was stopped. */
export const REQUEST_LOG = resolve(import.meta.dirname, '../.nightshift/requests');

/**
 * Called by vitest once, before any worker starts: the workers inherit the environment that this leaves. A run of some
 * files leaves the log of the last whole run alone, because a proof from a part would call most permissions unused.
 */
export default function setUp(): void {
  const isWhole = process.argv.slice(2).join(' ') === 'run';
  if (!isWhole) return;
  rmSync(REQUEST_LOG, { recursive: true, force: true });
  mkdirSync(REQUEST_LOG, { recursive: true });
  process.env.NIGHTSHIFT_REQUEST_LOG = REQUEST_LOG;
}
