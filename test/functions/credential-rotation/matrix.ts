/**
 * The crash matrix of a kind of credential: a whole rotation, four steps in one warm function, killed wherever it leaves something else
 * behind; then begun again with the same version, as Secrets Manager does.
 */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Estate } from '../../../local/estate.ts';
import { type CrashPoint, callsOf, crashAt, crashPoints, type Elsewhere } from '../crash.ts';
import { killablesOf } from '../killable.ts';
import { beginRotation, deploymentOf, labelled, type Rotated, rotate, STEPS, stepEvent, stored } from './ground.ts';

const TIMEOUT_MS = 120_000;
const LEASE_MS = TIMEOUT_MS + 5_000;

export type Matrix = {
  estate: Estate;
  /** Before what the credentials are of. */
  proxy: Elsewhere;
  rotated: Rotated;
  secretArn: string;
  /** As before any rotation, whatever the run before has left. */
  reset(): Promise<void>;
  /** Whether a client that knows nothing of us gets in with this value. */
  logsIn(value: Record<string, string>): Promise<boolean>;
  /** What else must hold after a crash, and after the rerun. */
  alsoHolds?(when: 'crashed' | 'rerun', point: CrashPoint): Promise<void>;
};

/** What is run, and what makes it whole again. */
type Course = { event: () => object[]; again: () => Promise<void>; check: (point: CrashPoint) => Promise<void> };

async function matrix(of: Matrix, setUp: () => Promise<void>, course: Course) {
  const { estate, proxy, rotated } = of;
  const deployment = deploymentOf(rotated, 'enforce');
  const environment = estate.environmentOf(`${deployment.runbook} enforce`);
  const threads = killablesOf({ bundled: `credential-rotation/${rotated.kind}`, deployment, environment });
  const ground = { estate, proxy, admin: estate.postgres.admin };
  try {
    await setUp();
    const calls = await callsOf(ground, threads.make(), { event: course.event(), timeoutMs: TIMEOUT_MS });
    await course.check({ ...(calls[0] as CrashPoint), when: 'reply lost' });
    let next = threads.make();
    const points = crashPoints(calls);
    for (const point of points) {
      const thread = next;
      next = threads.make();
      await setUp();
      await crashAt(ground, thread, { event: course.event(), timeoutMs: TIMEOUT_MS, point });
      await someStoredVersionLogsIn(of, point);
      await of.alsoHolds?.('crashed', point);
      // The lease of the one that died runs out by the account’s clock; requests are signed by this machine’s.
      estate.aws.clock.advance(LEASE_MS);
      await course.again().finally(() => estate.aws.clock.advance(-LEASE_MS));
      await course.check(point);
      await of.alsoHolds?.('rerun', point);
    }
    next.kill();
    return { calls: calls.length, runs: points.length };
  } finally {
    threads.remove();
  }
}

async function someStoredVersionLogsIn({ estate, secretArn, logsIn }: Matrix, point: CrashPoint): Promise<void> {
  const answers = [];
  for (const value of stored(estate.aws, secretArn)) answers.push(await logsIn(value));
  expect([point, answers]).toEqual([point, expect.arrayContaining([true])]);
}

async function currentLogsIn({ estate, secretArn, logsIn }: Matrix, point: CrashPoint): Promise<void> {
  const current = labelled(estate.aws, secretArn, 'AWSCURRENT') ?? {};
  expect([point, await logsIn(current)]).toEqual([point, true]);
  expect([point, labelled(estate.aws, secretArn, 'AWSPENDING')]).toEqual([point, undefined]);
}

/** F14 and F30 over the four steps. */
export async function rotationMatrix(of: Matrix): Promise<{ calls: number; runs: number }> {
  const { estate, rotated, secretArn } = of;
  let token = '';
  let first: Record<string, string> | undefined;
  const setUp = async () => {
    await of.reset();
    first = labelled(estate.aws, secretArn, 'AWSCURRENT');
    token = beginRotation(estate.aws, secretArn, randomUUID());
  };
  return matrix(of, setUp, {
    event: () => STEPS.map((step) => stepEvent(secretArn, step, token)),
    again: async () => {
      const reports = await rotate(estate, rotated, { secretArn, token });
      expect(reports.map(({ threw, because }) => [threw, because])).toEqual(STEPS.map(() => [false, undefined]));
    },
    check: async (point) => {
      await currentLogsIn(of, point);
      expect([point, labelled(estate.aws, secretArn, 'AWSCURRENT')]).not.toEqual([point, first]);
    },
  });
}

/** The same over an ordinary run, such as one that retires. @param again what makes it whole: mostly the same run */
export async function nightMatrix(
  of: Matrix,
  { setUp, again, check }: { setUp: () => Promise<void>; again: () => Promise<void>; check: () => Promise<void> },
): Promise<{ calls: number; runs: number }> {
  return matrix(of, setUp, {
    event: () => [{}],
    again,
    check: async (point) => {
      await currentLogsIn(of, point);
      await check();
    },
  });
}
