/** Turns keys on again that this runbook turned off, and no others. Asks neither halt nor caps: it is the way back. */
import { carryOut } from '../runtime/carry-out.ts';
import { logIn } from '../runtime/database.ts';
import type { Invocation, Result } from '../runtime/invocation.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Outcome } from '../runtime/report.ts';
import type { Input, Settings } from './contract.ts';
import { change, isOurs, readRecord } from './key-record.ts';
import { enableKey } from './keys-table.ts';

type Audit = Invocation<Settings, Input>;
type Asked = { reader: Session; keyIds: string[] };

/** Halting stops forward acts only: in an emergency a person halts first and restores then. */
const unasked = async () => ({ go: true }) as const;

/** An error ends it: what was restored by then stays so, and the same input can simply be given again. */
export async function restore(audit: Audit, { reader, keyIds }: Asked): Promise<Result> {
  const items = [...new Set(keyIds)];
  const session = audit.mode === 'enforce' ? await logIn(audit, 'actor') : reader;
  try {
    const act = (keyId: string) => restoreKey(audit, session, keyId);
    const carried = await carryOut({ ...audit, halt: unasked }, { items, outcomeOf, act });
    // What an audit left unsettled stays so: only an audit looks at its whole plan.
    return { examined: items.length, ...carried, settled: false };
  } finally {
    await session.close();
  }
}

async function restoreKey(audit: Audit, session: Session, keyId: string): Promise<Outcome> {
  const seen = await readRecord(audit, session, keyId);
  if (!isOurs(seen.value)) return outcomeOf(keyId, 'skipped', 'it was not this runbook that turned it off last');
  if (audit.mode === 'report') return outcomeOf(keyId, 'planned');
  const act = () => enableKey(session, audit.settings, keyId);
  const doing = { session, seen, keyId, action: 'restore', runId: audit.runId, now: audit.now, act } as const;
  return (await change(audit, doing))
    ? outcomeOf(keyId, 'done')
    : outcomeOf(keyId, 'skipped', 'it is on already, or gone');
}

function outcomeOf(target: string, status: Outcome['status'], error?: string): Outcome {
  return { target, action: 'restore', why: 'asked for by hand', status, ...(error !== undefined && { error }) };
}
