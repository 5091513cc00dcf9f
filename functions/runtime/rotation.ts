/**
 * The entry of a function that rotates secrets: Secrets Manager calls it four times for each new version, a step at a time; whatever
 * else calls it gets an ordinary run. Each step goes the whole way: event → contract → read → decide → apply → report.
 */
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { admit, type Definition, invocationOf } from './attempt.ts';
import { conclude } from './conclude.ts';
import type { BaseInput } from './contract.ts';
import { type Ended, endingOf, endingWith, knownOf } from './ending.ts';
import { RunEndedBadlyError } from './errors.ts';
import { isRotationStep, type RotationStep, readRotationStep } from './event.ts';
import { type Frame, openFrame } from './frame.ts';
import type { Invocation, Result } from './invocation.ts';
import type { Report } from './report.ts';
import { runbook } from './runbook.ts';
import { leaseKeyOf } from './secret-lease.ts';

/** What a step is given. It looks at one secret, so it leaves the ledger alone. */
export type StepRun<Settings> = Omit<Invocation<Settings, unknown>, 'input' | 'openFindings'>;

export type RotationDefinition<Settings, Input extends z.infer<typeof BaseInput>> = Definition<Settings, Input> & {
  step: (step: RotationStep, run: StepRun<Settings>) => Promise<Result>;
};

/**
 * @returns a Lambda handler. A step resolves only when it is done: Secrets Manager takes any answer for that, and goes on to the next
 *   one. So a lease that another attempt holds, a halt and report mode reject as well, once their evidence is stored
 */
export function rotation<Settings, Input extends z.infer<typeof BaseInput>>(
  definition: RotationDefinition<Settings, Input>,
) {
  const ordinary = runbook(definition);
  return async (event: unknown, context: Context): Promise<Report> => {
    if (!isRotationStep(event)) return ordinary(event, context);
    const frame = openFrame(definition.contract.Settings, context);
    const report = await conclude(frame, await attemptStep(definition, frame, event));
    if (report.verdict !== 'acted' && report.verdict !== 'clean') throw new RunEndedBadlyError(report);
    return report;
  };
}

function attemptStep<Settings, Input extends z.infer<typeof BaseInput>>(
  definition: RotationDefinition<Settings, Input>,
  frame: Frame<Settings>,
  event: object,
): Promise<Ended> {
  const known = knownOf(frame);
  known.trigger = { kind: 'rotation', at: frame.now.toISOString() };
  return endingOf(known, async () => {
    const step = readRotationStep(event);
    // Never spent: whether a step is done is seen from the secret itself, which people and other tools change as well.
    const claim = await admit({ ...known, identity: undefined }, frame, { key: leaseKeyOf(frame, step.SecretId) });
    if ('notNow' in claim) return { verdict: 'skipped', because: claim.notNow };
    known.turn = claim.turn;
    const { trigger, mode } = known;
    return endingWith(await definition.step(step, { ...invocationOf(frame, claim.turn), trigger, mode }));
  });
}
