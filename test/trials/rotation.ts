/** The entry of a rotation, as a trial: two of the four steps, made of the functions that every other entry is made of. */
import { randomBytes } from 'node:crypto';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { admit } from '../../functions/runtime/attempt.ts';
import { CLIENT } from '../../functions/runtime/aws.ts';
import { carryOut } from '../../functions/runtime/carry-out.ts';
import { conclude } from '../../functions/runtime/conclude.ts';
import { type Ended, endingOf, endingWith, type Known, knownOf } from '../../functions/runtime/ending.ts';
import { describe, InputError, RefusalError, RunEndedBadlyError } from '../../functions/runtime/errors.ts';
import { type RotationStep, readRotationStep } from '../../functions/runtime/event.ts';
import { type Frame, openFrame } from '../../functions/runtime/frame.ts';
import { openHalt } from '../../functions/runtime/halt.ts';
import type { Result } from '../../functions/runtime/invocation.ts';
import type { Outcome, Report } from '../../functions/runtime/report.ts';

const Settings = z.strictObject({});

/** Resolves only when the step is done: Secrets Manager takes any answer for that, and goes on to the next step. */
export async function rotate(event: unknown, context: Context): Promise<Report> {
  const frame = openFrame(Settings, context);
  const report = await conclude(frame, await attemptStep(frame, event));
  if (report.verdict !== 'acted' && report.verdict !== 'clean') throw new RunEndedBadlyError(report);
  return report;
}

function attemptStep(frame: Frame<object>, event: unknown): Promise<Ended> {
  const known = knownOf(frame);
  return endingOf(known, async () => {
    const step = readRotationStep(event);
    if (step === undefined) throw new InputError('The event is no step of a rotation.');
    known.trigger = { kind: 'rotation', at: frame.now.toISOString() };
    // Never spent: whether a step is done is seen from the secret itself, which people and other tools change as well.
    const claim = await admit({ ...known, identity: undefined }, frame, { key: leaseKey(frame, step) });
    if ('notNow' in claim) return { verdict: 'skipped', because: claim.notNow };
    known.turn = claim.turn;
    return endingWith(await STEPS[step.Step](step, frame, known));
  });
}

export function leaseKey({ stateKey }: Pick<Frame<unknown>, 'stateKey'>, step: RotationStep): string {
  return stateKey(`rotations/${encodeURIComponent(step.SecretId)}/${step.ClientRequestToken}.json`);
}

type Step = (step: RotationStep, frame: Frame<object>, known: Known) => Promise<Result>;

const notTried: Step = ({ Step: name }) => Promise.reject(new RefusalError(`${name} is not part of the trial.`));

const STEPS: Record<RotationStep['Step'], Step> = {
  createSecret,
  setSecret: notTried,
  testSecret,
  finishSecret: notTried,
};

/** The one step that asks the mode and the brake. */
async function createSecret(step: RotationStep, frame: Frame<object>, { mode }: Known): Promise<Result> {
  const pending = await readPending(step);
  const items = decide(pending);
  const outcomeOf = (_item: unknown, status: Outcome['status'], error?: string): Outcome => ({
    target: step.SecretId,
    action: 'put a pending version',
    why: 'its rotation is due',
    status,
    ...(error !== undefined && { error }),
  });
  if (mode === 'report' && items.length > 0) {
    const ending = { verdict: 'refused', because: 'Deployed in report mode, which rotates nothing.' } as const;
    return { examined: 1, outcomes: items.map((item) => outcomeOf(item, 'planned')), ending, settled: true };
  }
  const act = async () => {
    await putPending(step);
    return outcomeOf(undefined, 'done');
  };
  const halt = openHalt(frame.surroundings.HALT_PARAMETER);
  return { examined: 1, ...(await carryOut({ ...frame, halt }, { items, outcomeOf, act })) };
}

/** Pure: what is to be done, given what is there. */
function decide(pending: string | undefined): 'put'[] {
  return pending === undefined ? ['put'] : [];
}

/** Changes nothing, so it asks nobody. */
async function testSecret(step: RotationStep): Promise<Result> {
  if ((await readPending(step)) === undefined) throw new RefusalError('There is no pending version to test.');
  return { examined: 1, outcomes: [], settled: true };
}

async function readPending({ SecretId, ClientRequestToken }: RotationStep): Promise<string | undefined> {
  const wanted = { SecretId, VersionId: ClientRequestToken, VersionStage: 'AWSPENDING' };
  try {
    return (await new SecretsManagerClient(CLIENT).send(new GetSecretValueCommand(wanted))).SecretString;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw new RefusalError(`The pending version cannot be read: ${describe(error)}`, { cause: error });
  }
}

async function putPending({ SecretId, ClientRequestToken, RotationToken }: RotationStep): Promise<void> {
  const SecretString = JSON.stringify({ password: randomBytes(24).toString('base64url') });
  const version = { SecretId, ClientRequestToken, SecretString, VersionStages: ['AWSPENDING'] };
  await new SecretsManagerClient(CLIENT).send(
    new PutSecretValueCommand({ ...version, ...(RotationToken !== undefined && { RotationToken }) }),
  );
}
