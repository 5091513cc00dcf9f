/** Carries out what is due of one secret, while nobody else can change it, and after another look at it (guards 4 and 5). */
import { describe, RefusalError } from '../runtime/errors.ts';
import type { Invocation } from '../runtime/invocation.ts';
import type { Outcome } from '../runtime/report.ts';
import { holding } from '../runtime/secret-lease.ts';
import type { Input } from './contract.ts';
import { type Due, judgeSecret, type Policy } from './decide-secret.ts';
import { finish } from './finish.ts';
import type { Kind, KindSettings, Subject } from './kind.ts';
import { heldIn, oldOf, type Read, readSecret } from './read-secret.ts';
import { openSecrets, type Secrets } from './secrets.ts';

export type Item = Due & { entry: Subject['entry']; name: string };
type Run = Invocation<KindSettings, Input>;

const ACTIONS: Record<Due['act'], string> = {
  finish: 'finish the rotation that stood still',
  drop: 'take the label AWSPENDING away',
  retire: 'revoke the old credential, and try it',
};

export function outcomeOf({ name, act, why }: Item, status: Outcome['status'], error?: string): Outcome {
  return { target: name, action: ACTIONS[act], why, status, ...(error !== undefined && { error }) };
}

/** What is refused for one secret is its own outcome: the others are not left as they are for it. */
export async function mend(
  run: Run,
  item: Item,
  { kind, policy }: { kind: Kind<KindSettings, Subject['entry']>; policy: Policy },
): Promise<Outcome> {
  const { secretArn } = item.entry;
  try {
    return await holding(run, secretArn, async () => {
      const secrets = openSecrets();
      const read = await readSecret({ run, entry: item.entry, secrets }, { kind, mayRead: true });
      const { entry, notes } = read.subject;
      const { due } = judgeSecret({ entry, ...read, noted: notes.now() }, { ...policy, now: run.store.now() });
      const isStillDue = due?.act === item.act && due.versionId === item.versionId;
      if (!isStillDue) return outcomeOf(item, 'skipped', 'it is not so any more');
      return ACTS[item.act]({ item, read, secrets, policy });
    });
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    return outcomeOf(item, 'failed', describe(error));
  }
}

type Mending = { item: Item; read: Read; secrets: Secrets; policy: Policy };

const ACTS: Record<Due['act'], (mending: Mending) => Promise<Outcome>> = {
  finish: async ({ item, read, secrets }) => {
    const { target, described, subject } = read;
    const [pending, current] = await Promise.all([
      heldIn({ target, secrets, described }, item.versionId),
      heldIn({ target, secrets, described }, described.current),
    ]);
    if (pending === undefined) throw new RefusalError('The pending version cannot be used any more.');
    // As the step would: what works is not enough where it may do less.
    await target.prove({ pending, current: current ?? pending });
    await finish({ target, subject, secrets, described, versionId: item.versionId });
    return outcomeOf(item, 'done');
  },
  drop: async ({ item, secrets }) => {
    await secrets.dropPending({ secretArn: item.entry.secretArn, versionId: item.versionId });
    return outcomeOf(item, 'done');
  },
  retire,
};

/** Noted as retired only when it has been tried, and was turned away (F43). */
async function retire({ item, read, secrets, policy }: Mending): Promise<Outcome> {
  const { target, described, subject } = read;
  const current = await heldIn({ target, secrets, described }, described.current);
  const old = current && (await oldOf({ ...read, secrets }, current));
  if (!old || !target.revoke) throw new RefusalError('The old version cannot be used, so it cannot be revoked.');
  if (!(await target.logsIn(old.current)))
    throw new RefusalError('The current one does not log in, so the old one is left alone.');
  const uses = await target.revoke({ ...old, anyway: policy.retireNow });
  const [use] = uses;
  if (use && !policy.retireNow) return outcomeOf(item, 'skipped', `${use.who} uses it at this moment`);
  if (await target.logsIn(old.previous)) throw new RefusalError('It was revoked, and still logs in.');
  if (!(await target.logsIn(old.current)))
    throw new RefusalError('The old one is revoked, and the current one does not log in.');
  await subject.notes.write({ retired: item.versionId });
  // What has logged in already stays in: that is for a person to end.
  const left = uses.map(({ who }) => who).join('; ');
  return outcomeOf({ ...item, why: left ? `${item.why}; still there: ${left}` : item.why }, 'done');
}
