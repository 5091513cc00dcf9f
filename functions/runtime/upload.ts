/** Sends a file as a stream, and again where that may help: the SDK sends nothing twice that it could only read once. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLIENT } from './aws.ts';

/** Doubled each time, with full jitter: four attempts wait at most 3.5 s in all. */
const FIRST_WAIT_MS = 500;

/** Of larger pieces, most of the file would be in memory before V8's garbage collector minds. */
const PIECE_BYTES = 16 * 1024;

type Sent = { name?: string; $metadata?: { httpStatusCode?: number } };

/**
 * @param send sends one stream to an object that only we write
 * @throws what the last attempt threw
 */
export async function upload(path: string, send: (body: Readable) => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const body = createReadStream(path, { highWaterMark: PIECE_BYTES });
    try {
      await send(body);
      return;
    } catch (error) {
      // The attempt before arrived and its reply was lost: what stands there is ours.
      if (attempt > 1 && (error as Sent).name === 'PreconditionFailed') return;
      if (attempt === CLIENT.maxAttempts || !mayPass(error as Sent)) throw error;
    } finally {
      body.destroy();
    }
    await sleep(Math.random() * FIRST_WAIT_MS * 2 ** (attempt - 1));
  }
}

/** No answer at all, a conditional write that met another, too many requests, and whatever S3 calls its own fault. */
function mayPass({ name, $metadata }: Sent): boolean {
  const status = $metadata?.httpStatusCode;
  return status === undefined || status === 409 || status === 429 || status >= 500 || name === 'RequestTimeout';
}
