import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { BaseInput } from '../../../functions/runtime/contract.ts';
import type { Report } from '../../../functions/runtime/report.ts';
import { rotation, type StepRun } from '../../../functions/runtime/rotation.ts';
import { holding, leaseKeyOf } from '../../../functions/runtime/secret-lease.ts';
import { type Account, BUCKET, newContext, openAccount } from '../../trials/account.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:db/writer-a1b2c3';
const step = {
  Step: 'setSecret',
  SecretId: SECRET,
  ClientRequestToken: 't'.repeat(32),
  RotationToken: 'canary-of-proof',
};

describe('the entry of a rotation', () => {
  let account: Account;
  let seen: StepRun<object> | undefined;
  beforeEach(async () => {
    account = await openAccount();
    account.deploy('credential-rotation-test', 'enforce');
    seen = undefined;
  });
  afterEach(() => account.close());

  const outcome = { target: 'a role', action: 'set', why: 'asked', status: 'done' } as const;
  const handler = rotation({
    contract: { Settings: z.strictObject({}), Input: BaseInput },
    run: async () => ({ examined: 7, outcomes: [], settled: true }),
    step: async ({ Step }, run) => {
      seen = run;
      if (Step === 'testSecret') throw new Error('the other side broke');
      return { examined: 1, outcomes: Step === 'setSecret' ? [outcome] : [], settled: true };
    },
  });
  const failed = (event: unknown): Promise<Report> =>
    handler(event, newContext() as Context).then(
      () => {
        throw new Error('it resolved, and Secrets Manager would have gone on to the next step');
      },
      (error: Error & { report: Report }) => error.report,
    );
  const lease = () => leaseKeyOf({ stateKey: (name) => `state/credential-rotation-test/${name}` }, SECRET);

  it('reports a step as a run that a rotation asked for, and gives the lease back', async () => {
    expect(await handler(step, newContext())).toMatchObject({
      verdict: 'acted',
      trigger: { kind: 'rotation' },
      examined: 1,
    });
    expect(account.left().get(lease())).not.toContain('holder');
  });

  it('does a step again when it comes again: nothing is spent', async () => {
    await handler(step, newContext());
    expect(await handler(step, newContext())).toMatchObject({ verdict: 'acted' });
  });

  it('F16 leaves the rotation’s token in no evidence', async () => {
    await handler(step, newContext());
    await failed({ ...step, Step: 'testSecret' });
    const evidence = [...account.left().values()].join('\n');
    expect(evidence).toContain('a role');
    expect(evidence).not.toContain(step.RotationToken);
  });

  it('rejects once its evidence is stored, where a step broke', async () => {
    const report = await failed({ ...step, Step: 'testSecret' });
    expect(report).toMatchObject({ verdict: 'failed', because: 'the other side broke' });
    expect([...account.left().keys()].some((key) => key.endsWith(`${report.runId}.json`))).toBe(true);
  });

  it('F02 rejects while somebody else has the secret, and says who', async () => {
    const until = new Date(Date.now() + 60_000).toISOString();
    const holder = { runId: 'other', trigger: 'manual of now', until };
    account.aws.putObject(BUCKET, lease(), JSON.stringify({ holder, unfinished: [], spent: [] }));
    expect(await failed(step)).toMatchObject({ verdict: 'skipped', because: expect.stringContaining('Run other') });
    expect(seen).toBeUndefined();
  });

  it('F03 goes on once a lease of somebody who died has run out', async () => {
    const until = new Date(Date.now() - 1_000).toISOString();
    const holder = { runId: 'dead', trigger: 'rotation of then', until };
    account.aws.putObject(BUCKET, lease(), JSON.stringify({ holder, unfinished: [], spent: [] }));
    expect((await handler(step, newContext())).verdict).toBe('acted');
  });

  it('refuses a step that is none, with its evidence', async () => {
    const report = await failed({ ...step, Step: 'destroySecret' });
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('Step') });
    expect(seen).toBeUndefined();
  });

  it('runs everything else as an ordinary runbook', async () => {
    expect(await handler({}, newContext())).toMatchObject({
      verdict: 'clean',
      trigger: { kind: 'manual' },
      examined: 7,
    });
    await expect(handler({ rotate: 'everything' }, newContext())).rejects.toMatchObject({
      report: { verdict: 'refused' },
    });
  });

  it('F46 lets one piece of work have a secret at a time', async () => {
    await handler(step, newContext());
    const run = seen as StepRun<object>;
    await holding({ ...run, runId: 'first' }, SECRET, async () => {
      await expect(holding({ ...run, runId: 'second' }, SECRET, async () => {})).rejects.toThrow('Run first');
    });
    expect(await holding({ ...run, runId: 'third' }, SECRET, async () => 'had it')).toBe('had it');
  });
});
