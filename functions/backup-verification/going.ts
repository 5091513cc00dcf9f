/** A restore that one invocation cannot finish, and the next one goes on with. */
import type { Scan } from '../dump/dump.ts';
import type { Restored } from '../restore/restore.ts';
import type { Going } from './memory.ts';
import { tellRestored, together } from './tell-restored.ts';
import { goesOn, tooLarge } from './time.ts';
import { type Step, targeted, type Verifying } from './verified.ts';

/**
 * What the invocation before could not finish, where it was of this very dump. It is struck off the record before it is gone on with:
 * should this run die, nobody knows which rows are in that database already, so the next run begins anew, in another.
 */
export async function takeUp({ source, newest, notebook }: Verifying): Promise<Going | undefined> {
  const { going, ...memory } = notebook.memory();
  const isSame = going?.source === source.name && going.key === newest.key && going.etag === newest.version.etag;
  if (!isSame) return undefined;
  await notebook.write(memory);
  return going;
}

type Stopped = Verifying & { scan: Scan; database: string; going: Going | undefined };

/** An archive goes on in the next invocation, as long as this one got anywhere; anything else is too large. */
export function stopped(
  { source, newest, scan, going, database, run }: Stopped,
  restored: Restored,
  spentMs: number,
): Step {
  const entries = [...new Set([...(going?.entries ?? []), ...restored.done])];
  const found = together(going?.found, restored);
  const findings = tellRestored(found).map((told) => targeted(source, told));
  const mayGoOn = scan.format === 'custom' && (restored.reached === 'end' || restored.mayGoOn);
  if (!mayGoOn || entries.length === (going?.entries.length ?? 0)) {
    const told = tooLarge({ doing: 'restored', bytes: scan.bytes.inside, hadMs: spentMs });
    return { findings: [...findings, targeted(source, told)] };
  }
  const { key, version } = newest;
  const startedAt = going?.startedAt ?? run.now.toISOString();
  const next = { source: source.name, key, etag: version.etag, scratch: database, entries, found, spentMs, startedAt };
  const told = goesOn({ entries: entries.length, hadMs: spentMs, key });
  return { findings: [...findings, targeted(source, told)], going: next };
}
