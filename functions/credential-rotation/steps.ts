/**
 * The four steps of a rotation, the same for every kind. The order keeps people from being locked out: a credential is stored before it
 * is set, works before it becomes the current one, and the old one is left alone where two can live. Each step can be done again
 * (F30): what is done already is seen from the secret's own versions and from the other side.
 */
import { carryOut } from '../runtime/carry-out.ts';
import { describe, RefusalError } from '../runtime/errors.ts';
import type { RotationStep } from '../runtime/event.ts';
import type { Result } from '../runtime/invocation.ts';
import type { Outcome } from '../runtime/report.ts';
import type { StepRun } from '../runtime/rotation.ts';
import { type Judged, judgeContinuation, judgeCreation } from './decide-step.ts';
import { finish } from './finish.ts';
import { type Credential, type Kind, type KindSettings, RejectedError, type Subject, type Target } from './kind.ts';
import { momentOf } from './moment.ts';
import { openNotes } from './notes.ts';
import { heldIn } from './read-secret.ts';
import { type Described, openSecrets, type Secrets } from './secrets.ts';

type Rotating = {
  target: Target;
  run: StepRun<KindSettings>;
  step: RotationStep;
  subject: Subject;
  secrets: Secrets;
  described: Described;
  /** Of the version that the token names; undefined where that has no value yet. */
  pendingText: string | undefined;
};

export function stepOf<Settings extends KindSettings>(kind: Kind<Settings, Settings['secrets'][number]>) {
  return async (step: RotationStep, run: StepRun<Settings>): Promise<Result> => {
    const { SecretId: secretArn, ClientRequestToken: token } = step;
    // Before any value is read, which such a deployment may not. A rotation that has begun goes on in whatever mode (F45).
    if (step.Step === 'createSecret' && run.mode === 'report')
      throw new RefusalError('Deployed in report mode, which rotates nothing.');
    const entry = run.settings.secrets.find((one) => one.secretArn === secretArn);
    if (entry === undefined) throw new RefusalError(`The secret ${secretArn} is not among those that are deployed.`);
    const secrets = openSecrets();
    const described = await secrets.describe(secretArn);
    const pendingText = described.versions.has(token) ? await secrets.read(secretArn, token) : undefined;
    const subject = { run, entry, notes: await openNotes(run, secretArn) };
    return STEPS[step.Step]({ target: kind(subject), run, step, subject, secrets, described, pendingText });
  };
}

const STEPS: Record<RotationStep['Step'], (rotating: Rotating) => Promise<Result>> = {
  createSecret,
  setSecret,
  testSecret,
  finishSecret,
};

const factsOf = ({ described, step, pendingText }: Rotating) => ({
  described,
  token: step.ClientRequestToken,
  hasValue: pendingText !== undefined,
});

function mustNotRefuse(judged: Judged): void {
  if (judged.is === 'refused') throw new RefusalError(judged.because);
}

const DONE: Result = { examined: 1, outcomes: [], settled: true };

/** The only step that asks the brake (guard 9). */
async function createSecret(rotating: Rotating): Promise<Result> {
  const { target, run, subject, pendingText } = rotating;
  const noted = subject.notes.now();
  const overlaps = target.revoke !== undefined;
  const judged = judgeCreation(factsOf(rotating), { noted, now: run.store.now(), overlaps });
  mustNotRefuse(judged);
  if (pendingText !== undefined) mustBeReadable(rotating, pendingText);
  if (judged.is === 'done') return DONE;
  const current = await readCurrent(rotating);
  const previous = await heldIn(rotating, rotating.described.previous);
  const planned = await target.rehearse(current, previous);
  const name = target.nameOf(current);
  const outcomeOf = (action: string, status: Outcome['status'], error?: string): Outcome => ({
    target: name,
    action,
    why: 'its rotation was asked for',
    status,
    ...(error !== undefined && { error }),
  });
  await run.storePlan(planned.map((action) => ({ secretArn: subject.entry.secretArn, target: name, action })));
  const act = async () => {
    const next = await target.next(current, previous);
    await rotating.secrets.putPending(rotating.step, JSON.stringify(next));
    return outcomeOf(STORED, 'done');
  };
  return { examined: 1, ...(await carryOut(run, { items: [STORED], outcomeOf, act })) };
}

const STORED = 'store a new credential as the pending version';

async function setSecret(rotating: Rotating): Promise<Result> {
  const judged = judgeContinuation(factsOf(rotating));
  mustNotRefuse(judged);
  if (judged.is === 'done') return DONE;
  const { target, step } = rotating;
  const pending = readPending(rotating);
  const current = await readCurrent(rotating);
  const previous = await heldIn(rotating, rotating.described.previous);
  await noteSetting(rotating);
  try {
    await target.set({ pending, current, ...(previous && { previous }) });
  } catch (error) {
    if (error instanceof RejectedError) await giveUp(rotating);
    throw error;
  }
  const why = `the rotation to version ${step.ClientRequestToken}`;
  const outcome = {
    target: target.nameOf(pending),
    action: 'make the new credential work',
    why,
    status: 'done',
  } as const;
  return { examined: 1, outcomes: [outcome], settled: true };
}

/** Before anything is set, so that the window that is reported is never shorter than the real one. */
async function noteSetting({ run, subject, step }: Rotating): Promise<void> {
  const versionId = step.ClientRequestToken;
  if (subject.notes.now().setting?.versionId === versionId) return;
  await subject.notes.write({ setting: { versionId, ...momentOf(run.store) } });
}

/** A stored value cannot be changed, so the next rotation, under another token, gets a fresh one; how often is counted (F33). */
async function giveUp({ run, subject, secrets, step }: Rotating): Promise<void> {
  const { rejectedAt = [] } = subject.notes.now();
  await subject.notes.write({ rejectedAt: [...rejectedAt, run.store.now().toISOString()].slice(-10) });
  await secrets.dropPending({ secretArn: step.SecretId, versionId: step.ClientRequestToken });
}

/**
 * Also alone, with a pending version that has no value: so Secrets Manager tries the function when it is told to rotate by it and not at
 * once, which is what a deployment tells it. Then the current credential is what can be tried.
 */
async function testSecret(rotating: Rotating): Promise<Result> {
  const { target, pendingText, described, step } = rotating;
  const isTrial = pendingText === undefined && described.versions.has(step.ClientRequestToken);
  if (!isTrial) mustNotRefuse(judgeContinuation(factsOf(rotating)));
  const current = await readCurrent(rotating);
  await target.prove({ pending: pendingText === undefined ? current : target.read(pendingText), current });
  return DONE;
}

async function finishSecret(rotating: Rotating): Promise<Result> {
  const judged = judgeContinuation(factsOf(rotating));
  mustNotRefuse(judged);
  const { target, step } = rotating;
  const pending = readPending(rotating);
  // Whoever calls the steps out of their order must not switch people to something that does not work.
  if (judged.is === 'due' && !(await target.logsIn(pending)))
    throw new RefusalError('The pending credential does not log in.');
  const metrics = await finish({ ...rotating, versionId: step.ClientRequestToken });
  const outcome = { target: target.nameOf(pending), action: 'make it the current credential', why: 'it works' };
  const outcomes: Outcome[] = judged.is === 'due' ? [{ ...outcome, status: 'done' }] : [];
  return { examined: 1, outcomes, metrics, settled: true };
}

function mustBeReadable({ target }: Rotating, text: string): void {
  try {
    target.read(text);
  } catch (error) {
    const advice = 'The daily run removes it, once the current one has logged in.';
    throw new RefusalError(`The pending version cannot be used: ${describe(error)} ${advice}`, { cause: error });
  }
}

function readPending({ target, pendingText }: Rotating): Credential {
  if (pendingText === undefined) throw new RefusalError('The version that the token names has no value.');
  return target.read(pendingText);
}

async function readCurrent({ target, secrets, described }: Rotating): Promise<Credential> {
  const text = described.current && (await secrets.read(described.secretArn, described.current));
  if (!text) throw new RefusalError(`The secret ${described.secretArn} has no current value.`);
  return target.read(text);
}
