/** The end of a rotation: the new version becomes the current one, its label of a pending one goes, and consumers are told. */
import type { Metric } from '../runtime/report.ts';
import type { Subject, Target } from './kind.ts';
import { millisecondsSince } from './moment.ts';
import type { Described, Secrets } from './secrets.ts';
import { tellConsumers } from './tell-consumers.ts';

type Finishing = {
  target: Target;
  subject: Subject;
  secrets: Secrets;
  described: Described;
  /** The version that has been set, and works. */
  versionId: string;
};

/** Three times is once (F32). @returns the window, where there was one and this call ended it */
export async function finish(finishing: Finishing): Promise<Record<string, Metric>> {
  const { subject, secrets, described, versionId } = finishing;
  const metrics = described.current === versionId ? {} : await switchOver(finishing);
  await noteSwitched(finishing);
  const { secretArn } = described;
  // AWS's own pages disagree about whether moving AWSCURRENT takes AWSPENDING away, so it is looked at.
  const after = await secrets.describe(secretArn);
  if (after.pending === versionId) await secrets.dropPending({ secretArn, versionId });
  await tellConsumers(subject, { versionId });
  return metrics;
}

/** The window ends with this request; from then on, whoever reads the secret has the new credential. */
async function switchOver({ target, subject, described, secrets, versionId }: Finishing) {
  const { store } = subject.run;
  const { secretArn, current: from = '' } = described;
  // First, so that a run that dies right after the switch has not forgotten from which version it came.
  await subject.notes.write({ switched: { versionId, from, at: store.now().toISOString() } });
  await secrets.moveCurrent({ secretArn, from, to: versionId });
  const { setting } = subject.notes.now();
  // Where two can live there is no moment at which the stored credential is not one that works.
  if (target.revoke !== undefined || setting?.versionId !== versionId) return {};
  return { CredentialWindow: { value: millisecondsSince(setting, store), unit: 'Milliseconds' } };
}

/** Also where somebody else made the switch. */
async function noteSwitched({ subject, described, versionId }: Finishing): Promise<void> {
  const { notes, run } = subject;
  const { switched, rejectedAt = [] } = notes.now();
  const at = run.store.now().toISOString();
  if (switched?.versionId !== versionId)
    await notes.write({ switched: { versionId, from: described.previous ?? '', at } });
  if (rejectedAt.length > 0) await notes.write({ rejectedAt: [] });
}
