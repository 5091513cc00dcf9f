import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientsFor, errorOf } from './clients.ts';

const Bucket = 'evidence';

describe('faults of the stand-in', () => {
  let standIn: StandIn;
  beforeEach(async () => {
    standIn = await startStandIn();
    standIn.createBucket(Bucket);
    standIn.putParameter('/halt', 'run');
  });
  afterEach(() => standIn.stop());

  const put = (Key: string, options = {}) =>
    clientsFor(standIn, 'tester', options).s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', IfNoneMatch: '*' }));
  const keys = () => standIn.objects(Bucket).map(({ key }) => key);

  it('loses a request before it is carried out', async () => {
    standIn.faults.lose({ call: 2, when: 'before' });
    await put('a');
    await errorOf(put('b'));
    await put('c');
    expect(keys()).toEqual(['a', 'c']);
    expect(standIn.faults.calls()).toBe(3);
  });

  it('loses the reply of a request that was carried out, which a retry then finds done', async () => {
    standIn.faults.lose({ call: 1, when: 'after' });
    const retried = put('a', { maxAttempts: 3 });
    expect(await errorOf(retried)).toMatchObject({ name: 'PreconditionFailed', status: 412 });
    expect(keys()).toEqual(['a']);
    expect(standIn.requests().map(({ status }) => status)).toEqual([200, 412]);
  });

  it.each([
    { when: 'before', left: ['a'] },
    { when: 'after', left: ['a', 'b'] },
  ] as const)('crashes $when a call, and nothing arrives until it is revived', async ({ when, left }) => {
    const onCrash = vi.fn();
    standIn.faults.crash({ call: 2, when }, onCrash);
    await put('a');
    await errorOf(put('b', { maxAttempts: 3 }));
    await errorOf(put('c'));
    expect(keys()).toEqual(left);
    expect(onCrash).toHaveBeenCalledOnce();
    standIn.faults.revive();
    await put('d');
    expect(keys()).toEqual([...left, 'd']);
  });

  it('dies on demand, and forgets every fault when cleared', async () => {
    standIn.faults.die();
    await errorOf(put('a'));
    standIn.faults.throttle('s3:PutObject', Number.POSITIVE_INFINITY);
    standIn.faults.clear();
    await put('b');
    expect(keys()).toEqual(['b']);
    expect(standIn.faults.calls()).toBe(1);
  });

  it('throttles in each service’s own words, so that SDK clients take it for throttling', async () => {
    standIn.faults.throttle('s3:PutObject', 2);
    standIn.faults.throttle('ssm:GetParameter', 1);
    standIn.faults.throttle('sns:Publish', Number.POSITIVE_INFINITY);
    const { ssm, sns } = clientsFor(standIn);
    expect(await errorOf(put('a'))).toMatchObject({ name: 'SlowDown', status: 503 });
    const get = () => ssm.send(new GetParameterCommand({ Name: '/halt' }));
    expect(await errorOf(get())).toMatchObject({ name: 'ThrottlingException', status: 400 });
    expect((await get()).Parameter?.Value).toBe('run');
    const TopicArn = standIn.createTopic('page');
    const publish = () => sns.send(new PublishCommand({ TopicArn, Message: 'm' }));
    expect(await errorOf(publish())).toMatchObject({ name: 'Throttling', status: 400 });
    expect(await errorOf(publish())).toMatchObject({ name: 'Throttling', status: 400 });
    expect((await put('a', { maxAttempts: 3 })).$metadata.attempts).toBe(2);
  });

  it('denies one caller one operation, and records the refusal', async () => {
    standIn.faults.deny('someone', 's3:PutObject');
    const command = () => new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' });
    const denied = clientsFor(standIn, 'someone').s3.send(command());
    expect(await errorOf(denied)).toMatchObject({ name: 'AccessDenied', status: 403 });
    expect(keys()).toEqual([]);
    await clientsFor(standIn, 'someone').s3.send(new ListObjectsV2Command({ Bucket }));
    await clientsFor(standIn, 'another').s3.send(command());
    expect(keys()).toEqual(['a']);
    expect(standIn.requests()[0]).toMatchObject({ caller: 'someone', status: 403, errorCode: 'AccessDenied' });
  });

  it('fails an operation with any error, as often as asked', async () => {
    standIn.faults.fail('s3:PutObject', { code: 'InternalError', status: 500 }, 1);
    expect(await errorOf(put('a'))).toMatchObject({ name: 'InternalError', status: 500 });
    await put('a');
    expect(keys()).toEqual(['a']);
  });

  it('refuses a fault for an operation that does not exist, which would never fire', () => {
    expect(() => standIn.faults.throttle('s3:PutObjekt', 1)).toThrow('no operation s3:PutObjekt');
  });
});

describe('the request log', () => {
  const folder = mkdtempSync(join(tmpdir(), `requests-${randomUUID()}`));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('is written when the stand-in stops, one request a line, where the environment says', async () => {
    vi.stubEnv('NIGHTSHIFT_REQUEST_LOG', folder);
    const standIn = await startStandIn();
    standIn.createBucket(Bucket);
    await clientsFor(standIn, 'someone').s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
    await clientsFor(standIn, 'another').s3.send(new ListObjectsV2Command({ Bucket }));
    await standIn.stop();
    const files = readdirSync(folder);
    expect(files).toHaveLength(1);
    const lines = readFileSync(join(folder, files[0] ?? ''), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(standIn.requests());
    expect(lines).toHaveLength(2);
  });
});
