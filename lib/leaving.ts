/** A run whose process is told to end before the run has: by Ctrl-C, or by whoever shuts the machine down. */
import { describe } from '../functions/runtime/errors.ts';
import { leave } from '../functions/runtime/run-state.ts';
import { openStore } from '../functions/runtime/store.ts';

/** `requestId`: undefined until the run has begun. `deployment`: its name, which its state has. */
type Underway = { deployment: string; requestId: () => string | undefined };

/** As shells have it: 128, and the number of the signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 };

/** Longer than a store takes that answers at all. */
const PATIENCE_MS = 5_000;

/** From now on, either signal gives the lease back or says who holds it, and ends this process. A second one ends it at once. */
export function leaveOnSignals(underway: Underway): void {
  let isLeaving = false;
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    process.on(signal, async () => {
      if (isLeaving) process.exit(code);
      isLeaving = true;
      setTimeout(() => process.exit(code), PATIENCE_MS);
      process.stderr.write(`\n${signal}: ${await partingWords(underway)}\n`);
      process.exit(code);
    });
  }
}

async function partingWords({ deployment, requestId }: Underway): Promise<string> {
  const known = requestId();
  if (known === undefined) return 'Nothing had begun.';
  const { bucket, key } = { bucket: process.env.EVIDENCE_BUCKET ?? '', key: `state/${deployment}/run.json` };
  const at = `s3://${bucket}/${key}`;
  try {
    const left = await leave(openStore(bucket), { key, requestId: known });
    if (left === undefined) return `The run holds no lease in ${at}.`;
    return left.isFreed ? freed(left) : kept(left, at);
  } catch (error) {
    return `Whether the run holds the lease in ${at} is not known: ${describe(error)} It ends with the time that the run was given.`;
  }
}

function freed({ runId, until }: { runId: string; until: string }): string {
  return (
    `Run ${runId} is ended. It is not on record as changing anything but scratch of its own, which a later run removes; ` +
    `its lease ends at ${until}.`
  );
}

function kept({ runId, until }: { runId: string; until: string }, at: string): string {
  return (
    `Run ${runId} is ended while it was changing things. It holds the lease until ${until} at the latest; the next run after that ` +
    `settles what it began. Where that cannot wait, look at what it began, and then:\n` +
    `  aws s3 cp ${at} - | jq 'del(.holder)' | aws s3 cp - ${at}`
  );
}
