import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientSettings, clientsFor, errorOf } from './clients.ts';

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;
const Bucket = 'evidence';

describe('authentication by the stand-in', () => {
  let standIn: StandIn;
  beforeEach(async () => {
    standIn = await startStandIn();
    standIn.createBucket(Bucket);
  });
  afterEach(() => standIn.stop());

  it('refuses a key that it never issued, with each service’s own code', async () => {
    const credentials = { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' };
    const settings = { ...clientSettings(standIn, 'tester'), credentials };
    const s3 = new S3Client(settings).send(new ListObjectsV2Command({ Bucket }));
    expect(await errorOf(s3)).toMatchObject({ name: 'InvalidAccessKeyId', status: 403 });
    const secret = new SecretsManagerClient(settings).send(new GetSecretValueCommand({ SecretId: 'a' }));
    expect(await errorOf(secret)).toMatchObject({ name: 'UnrecognizedClientException', status: 400 });
    const publish = new SNSClient(settings).send(new PublishCommand({ TopicArn: 'arn:x', Message: 'm' }));
    expect(await errorOf(publish)).toMatchObject({ name: 'InvalidClientTokenId', status: 403 });
    expect(standIn.requests()).toEqual([]);
  });

  it('refuses a signature made with another secret', async () => {
    const { accessKeyId } = standIn.credentialsFor('tester');
    const settings = { ...clientSettings(standIn, 'tester'), credentials: { accessKeyId, secretAccessKey: 'x' } };
    const put = new S3Client(settings).send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello' }));
    expect(await errorOf(put)).toMatchObject({ name: 'SignatureDoesNotMatch', status: 403 });
    expect(standIn.objects(Bucket)).toEqual([]);
  });

  it('refuses a body that was changed after signing', async () => {
    const { s3 } = clientsFor(standIn);
    s3.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: string }).body = 'HELLO';
        return next(args);
      },
      { step: 'deserialize', priority: 'low' },
    );
    const put = s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello' }));
    expect(await errorOf(put)).toMatchObject({ name: 'SignatureDoesNotMatch' });
    expect(standIn.objects(Bucket)).toEqual([]);
  });

  it('refuses a request that is not signed at all', async () => {
    const answer = await fetch(`${standIn.endpoint}/${Bucket}?list-type=2`);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-amzn-errortype')).toBe('AccessDenied');
    expect(standIn.requests()).toEqual([]);
  });

  it('refuses a session token, which none of its keys has', async () => {
    const credentials = { ...standIn.credentialsFor('tester'), sessionToken: 'token' };
    const s3 = new S3Client({ ...clientSettings(standIn, 'tester'), credentials });
    expect((await errorOf(s3.send(new ListObjectsV2Command({ Bucket })))).message).toContain('session token');
  });

  it('refuses another region than its own', async () => {
    const s3 = new S3Client({ ...clientSettings(standIn, 'tester'), region: 'us-east-1' });
    expect((await errorOf(s3.send(new ListObjectsV2Command({ Bucket })))).message).toContain('us-east-1');
  });

  it('names a service that it does not model', async () => {
    const { s3 } = clientsFor(standIn);
    s3.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers.authorization = (headers.authorization ?? '').replace('/s3/', '/dynamodb/');
        return next(args);
      },
      { step: 'deserialize', priority: 'low' },
    );
    const answered: string[] = [];
    s3.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { body } = result.response as { body: AsyncIterable<Buffer> };
        for await (const chunk of body) answered.push(chunk.toString());
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
    expect(await errorOf(s3.send(new ListObjectsV2Command({ Bucket })))).toMatchObject({ status: 501 });
    expect(answered).toEqual(['stand-in does not model dynamodb']);
  });

  it.each([
    TWO_HOURS_MS,
    -TWO_HOURS_MS,
  ])('refuses a clock that is %i ms off, and an SDK corrects itself', async (clockSkewMs) => {
    await standIn.stop();
    standIn = await startStandIn({ clockSkewMs });
    standIn.createBucket(Bucket);
    const once = clientsFor(standIn).s3.send(new ListObjectsV2Command({ Bucket }));
    expect(await errorOf(once)).toMatchObject({ name: 'RequestTimeTooSkewed', status: 403 });
    const { s3 } = clientsFor(standIn, 'tester', { maxAttempts: 3 });
    const first = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello' }));
    const second = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect([first.$metadata.attempts, second.$metadata.attempts]).toEqual([2, 1]);
  });

  it('lets clients of every service find the time when it was moved between two calls', async () => {
    standIn.createSecret('a', 'v');
    standIn.putParameter('/halt', 'run');
    const topicArn = standIn.createTopic('page');
    const { secrets, sns } = clientsFor(standIn, 'tester', { maxAttempts: 3 });
    const read = () => secrets.send(new GetSecretValueCommand({ SecretId: 'a' }));
    const publish = () => sns.send(new PublishCommand({ TopicArn: topicArn, Message: 'm' }));
    const before = [await read(), await publish()];
    standIn.clock.advance(TWO_HOURS_MS);
    const after = [await read(), await publish()];
    const attempts = [...before, ...after].map(({ $metadata }) => $metadata.attempts);
    expect(attempts).toEqual([1, 1, 2, 2]);
  });
});
