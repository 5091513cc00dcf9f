import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../../lib/bundle.ts';
import { linesWritten } from '../../runtime/stdout.ts';
import { call, deploymentOf, rotate } from '../ground.ts';
import { edited, type Ground, startGround } from './ground.ts';

const HOOK = 'https://127.0.0.1:1/canary0hook';

describe('F16 a client secret', () => {
  let ground: Ground;
  const said: string[] = [];
  const secrets = new Set<string>();
  beforeAll(async () => {
    ground = await startGround();
  });
  afterAll(() => ground?.stop());

  const hear = async (work: () => Promise<unknown>) => {
    const { out, error } = await linesWritten(async () => void said.push(JSON.stringify(await work())));
    const { aws } = ground.estate;
    const evidence = aws.objects('alexander-evidence').map(({ key, body }) => {
      return `${key}\n${key.endsWith('.gz') ? gunzipSync(body) : body}`;
    });
    said.push(...out, ...error, ...evidence, JSON.stringify([aws.busEvents(), aws.published(), aws.requests()]));
    for (const { clientSecret } of ground.akamai.client.credentials) secrets.add(clientSecret);
  };
  const turn = (rotated = ground.rotated) => rotate(ground.estate, rotated, { secretArn: ground.secretArn });
  const plant = (value: string) => ground.estate.aws.resetSecret(ground.secretArn, value);

  it('is used by rotations and nights that go well', async () => {
    await hear(() => turn());
    await hear(() => call(ground.estate, ground.rotated, { event: { retire: 'now' } }));
    await hear(() => call(ground.estate, ground.rotated, { event: { mode: 'report' } }));
  });

  it('is used by rotations that fail, each for another reason', async () => {
    const { akamai, estate } = ground;
    const spoilt: (() => void)[] = [
      () => akamai.loseReply(3),
      () => akamai.answerWith({ status: 401, body: { type: '/x', title: 'y', detail: 'z' } }, 2),
      () => akamai.answerWith({ status: 201, body: { clientSecret: 'canary0torn', credentialId: 'canary0torn' } }, 3),
      () => akamai.answerWith({ status: 200, body: [{ clientToken: { clientSecret: 'canary0torn' } }] }, 1),
      () => estate.aws.faults.fail('secretsmanager:PutSecretValue', { code: 'InternalError', status: 400 }, 1),
      () => akamai.skew(600_000),
      () => plant('{"client_secret":"canary0torn"'),
      () => plant('{"client_secret":["canary0torn"],"host":"canary0torn"}'),
    ];
    for (const spoil of spoilt) {
      ground.reset();
      spoil();
      await hear(() => turn());
    }
    ground.reset();
    const webhook = { secretArn: estate.aws.createSecret('alecs/hook', HOOK) };
    await hear(() => turn(edited(ground, {}, { webhook })));
  });

  it('is found nowhere: not in reports, evidence, messages, requests or the log, nor sent to the API itself', () => {
    const all = [...said, ground.akamai.heard()].join('\n');
    // What is looked through does hold what it should.
    const known = [
      'could not be asked',
      'Invalid timestamp',
      'EG1-HMAC-SHA256',
      'did not take the news',
      'RunDuration',
    ];
    expect(known.filter((text) => !all.includes(text))).toEqual([]);
    expect(secrets.size).toBeGreaterThan(8);
    for (const secret of [...secrets, 'canary0torn', 'canary0hook'])
      for (const spelling of [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')])
        expect(all.includes(spelling)).toBe(false);
  });

  it('is not logged by the deployed bundle either, where the signer’s own log is asked for everything', async () => {
    ground.reset();
    const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
    const deployment = deploymentOf(ground.rotated, 'enforce');
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(deployment));
    const environment = ground.estate.environmentOf(`${deployment.runbook} enforce`);
    const index = join(bundle('credential-rotation/http-api'), 'index.mjs');
    const program = `const { handler } = await import(${JSON.stringify(index)});
      const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 60_000 };
      console.log((await handler({}, context)).verdict);`;
    try {
      // In a process of its own, because such a log does not go through this one’s streams.
      const env = { ...environment, LAMBDA_TASK_ROOT: folder, AKAMAI_LOG_LEVEL: 'trace' };
      const asked = ['--input-type=module', '-e', program];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, asked, { env });
      expect(stdout).toMatch(/\nclean\n$/);
      for (const text of ['Signing key', 'signature', 'EG1-HMAC', ...secrets])
        expect(stdout + stderr).not.toContain(text);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
