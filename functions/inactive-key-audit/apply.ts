/** Turns off what the plan names, exactly, one key at a time; in report mode, only says what it would turn off. */
import { type Carried, carryOut } from '../runtime/carry-out.ts';
import { logIn } from '../runtime/database.ts';
import type { Invocation } from '../runtime/invocation.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Outcome } from '../runtime/report.ts';
import type { Input, Settings } from './contract.ts';
import type { Plan, Planned } from './examine.ts';
import { change, readRecord } from './key-record.ts';
import { disableKey, mustBeAllowed } from './keys-table.ts';

type Audit = Invocation<Settings, Input>;

/**
 * @throws EvidenceError when the plan cannot be put on record, RefusalError when the actor cannot log in or may not do its work;
 *   nothing was changed then
 */
export async function apply(audit: Audit, plan: Plan): Promise<Carried> {
  if (plan.tooLarge !== undefined) return nothingDone(audit, plan.tooLarge);
  if (plan.keys.length === 0) return { outcomes: [], settled: true };
  await audit.storePlan(plan.keys);
  if (audit.mode === 'report') return { outcomes: plan.keys.map((key) => outcomeOf(key, 'planned')), settled: true };
  const actor = await logIn(audit, 'actor');
  try {
    await mustBeAllowed(actor, audit.settings, 'disable');
    await audit.acting();
    return await carryOut(audit, { items: plan.keys, outcomeOf, act: (key) => disable(audit, actor, key) });
  } finally {
    await actor.close();
  }
}

/** Over a cap nothing is done at all. A dry run says so in its detail; it has refused nothing. */
function nothingDone({ mode }: Audit, because: string): Carried {
  return {
    outcomes: [],
    settled: true,
    ...(mode === 'enforce' && { ending: { verdict: 'refused', because } as const }),
  };
}

async function disable(audit: Audit, actor: Session, key: Planned): Promise<Outcome> {
  const { keyId } = key;
  const seen = await readRecord(audit, actor, keyId);
  const act = () => disableKey(actor, audit.settings, key);
  const isDone = await change(audit, {
    session: actor,
    seen,
    keyId,
    action: 'disable',
    runId: audit.runId,
    now: audit.now,
    act,
  });
  return isDone ? outcomeOf(key, 'done') : outcomeOf(key, 'skipped', 'it was used or changed since it was looked at');
}

function outcomeOf({ keyId, why }: Planned, status: Outcome['status'], error?: string): Outcome {
  return { target: keyId, action: 'disable', why, status, ...(error !== undefined && { error }) };
}
