import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../functions/runtime/report.ts';
import { type Account, BUCKET, HALT_PARAMETER, newContext, openAccount } from './account.ts';
import { leaseKey, rotate } from './rotation.ts';

describe('a step of a rotation', () => {
  let account: Account;
  let step: { Step: 'createSecret'; SecretId: string; ClientRequestToken: string; RotationToken: string };
  beforeEach(async () => {
    account = await openAccount();
    account.deploy('credential-rotation', 'enforce');
    const SecretId = account.aws.createSecret('db/writer', 'first');
    step = { Step: 'createSecret', SecretId, ClientRequestToken: 't'.repeat(32), RotationToken: 'canary-of-proof' };
  });
  afterEach(() => account.close());

  const read = async (VersionStage: string, SecretId = step.SecretId) => {
    const wanted = new GetSecretValueCommand({ SecretId, VersionStage });
    return new SecretsManagerClient().send(wanted).catch((error: Error) => error.name);
  };
  const failed = async (running: Promise<Report>): Promise<Report> => {
    const error = await running.then(
      () => 'it resolved, and Secrets Manager would have gone on to the next step',
      (thrown: Error & { report: Report }) => thrown,
    );
    if (typeof error === 'string') throw new Error(error);
    return error.report;
  };

  it('puts a pending version under the token and leaves the current one alone', async () => {
    const report = await rotate(step, newContext());
    expect(report).toMatchObject({ verdict: 'acted', trigger: { kind: 'rotation' }, mode: 'enforce', examined: 1 });
    expect(report.outcomes).toMatchObject([{ target: step.SecretId, status: 'done' }]);
    expect(await read('AWSPENDING')).toMatchObject({ VersionId: step.ClientRequestToken });
    expect(await read('AWSCURRENT')).toMatchObject({ SecretString: 'first' });
  });

  it('leaves neither the new secret nor the rotation token in the evidence', async () => {
    await rotate(step, newContext());
    const { password } = JSON.parse(((await read('AWSPENDING')) as { SecretString: string }).SecretString);
    const evidence = [...account.left().values()].join('\n');
    expect(evidence).toContain(step.SecretId);
    expect(evidence).not.toContain(password);
    expect(evidence).not.toContain(step.RotationToken);
  });

  it('is done once when it comes twice, and the second time is a success, too', async () => {
    await rotate(step, newContext());
    const first = await read('AWSPENDING');
    expect(await rotate(step, newContext())).toMatchObject({ verdict: 'clean', outcomes: [] });
    expect(await read('AWSPENDING')).toMatchObject({ SecretString: (first as { SecretString: string }).SecretString });
  });

  it('fails while another attempt at the same secret and token runs, and holds up no other secret', async () => {
    const holder = { runId: 'other', trigger: 'rotation', until: new Date(Date.now() + 60_000).toISOString() };
    const key = leaseKey({ stateKey: (name) => `state/credential-rotation/${name}` }, step);
    account.aws.putObject(BUCKET, key, JSON.stringify({ holder, spent: [] }));
    const other = { ...step, SecretId: account.aws.createSecret('db/other', 'first') };
    expect((await failed(rotate(step, newContext()))).because).toContain('Run other');
    expect(await read('AWSPENDING')).toBe('ResourceNotFoundException');
    expect((await rotate(other, newContext())).verdict).toBe('acted');
  });

  it('asks the brake before anything is created, and not once it is', async () => {
    account.aws.putParameter(HALT_PARAMETER, 'halt');
    expect((await failed(rotate(step, newContext()))).because).toContain('says halt');
    expect(await read('AWSPENDING')).toBe('ResourceNotFoundException');
    account.aws.putParameter(HALT_PARAMETER, 'run');
    await rotate(step, newContext());
    account.aws.putParameter(HALT_PARAMETER, 'halt');
    expect((await rotate({ ...step, Step: 'testSecret' }, newContext())).verdict).toBe('clean');
  });

  it('fails in report mode with what it would have done, and creates nothing', async () => {
    account.deploy('credential-rotation', 'report');
    const report = await failed(rotate(step, newContext()));
    expect(report).toMatchObject({ verdict: 'refused', outcomes: [{ status: 'planned' }] });
    expect(await read('AWSPENDING')).toBe('ResourceNotFoundException');
  });
});
