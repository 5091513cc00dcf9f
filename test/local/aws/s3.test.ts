import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientsFor, errorOf } from './clients.ts';

const Bucket = 'evidence';

describe('the stand-in for S3', () => {
  let standIn: StandIn;
  let s3: ReturnType<typeof clientsFor>['s3'];
  beforeEach(async () => {
    standIn = await startStandIn();
    standIn.createBucket(Bucket, { versioned: true });
    s3 = clientsFor(standIn).s3;
  });
  afterEach(() => standIn.stop());

  it('gives back the bytes, type, encoding and metadata that were put', async () => {
    const kept = { ContentType: 'application/json', ContentEncoding: 'gzip', Metadata: { run: 'r1' } };
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'a b+c%/é\n', Body: 'hello', ...kept }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'a b+c%/é\n' }));
    expect(await got.Body?.transformToString()).toBe('hello');
    expect(got).toMatchObject({ ...kept, ETag: put.ETag, VersionId: put.VersionId, ContentLength: 5 });
    expect(standIn.objects(Bucket)).toMatchObject([{ key: 'a b+c%/é\n', body: Buffer.from('hello') }]);
  });

  it('takes a streamed body out of its chunks and checks the checksum behind them', async () => {
    const chunks = Array.from({ length: 50 }, (_, index) => Buffer.alloc(5_000, index));
    const body = Buffer.concat(chunks);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Readable.from(chunks), ContentLength: body.length }));
    expect(standIn.objects(Bucket)[0]?.body.equals(body)).toBe(true);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(got.ContentEncoding).toBeUndefined();
    expect(got.ChecksumCRC32).toBeDefined();
  });

  it('refuses content that does not match its digest, and keeps nothing of it', async () => {
    const wrongMd5 = Buffer.alloc(16).toString('base64');
    const byMd5 = s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello', ContentMD5: wrongMd5 }));
    expect(await errorOf(byMd5)).toMatchObject({ name: 'BadDigest', status: 400 });
    const byCrc = s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello', ChecksumCRC32: 'AAAAAA==' }));
    expect(await errorOf(byCrc)).toMatchObject({ name: 'BadDigest', status: 400 });
    expect(standIn.objects(Bucket)).toEqual([]);
  });

  it('takes keys of up to 1,024 bytes', async () => {
    const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    await put('é'.repeat(512));
    expect(await errorOf(put(`${'é'.repeat(512)}x`))).toMatchObject({ name: 'KeyTooLongError', status: 400 });
    expect(standIn.objects(Bucket)).toHaveLength(1);
  });

  it('writes keys as S3 does: escaped for XML, or like a form field when asked for url', async () => {
    const key = 'odd/a b+&amp;<é>';
    standIn.putObject(Bucket, key, 'x');
    const plain = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(plain.Contents?.[0]?.Key).toBe(key);
    const encoded = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
    expect(encoded.Contents?.[0]?.Key).toBe('odd/a+b%2B%26amp%3B%3C%C3%A9%3E');
  });

  it('tells the head of an object without its body, and 404 for none', async () => {
    standIn.putObject(Bucket, 'k', 'hello');
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
    expect(head).toMatchObject({ ContentLength: 5, ETag: '"5d41402abc4b2a76b9719d911017c592"' });
    const absent = s3.send(new HeadObjectCommand({ Bucket, Key: 'none' }));
    expect(await errorOf(absent)).toMatchObject({ name: 'NotFound', status: 404 });
  });

  it('reads only the version that If-Match names', async () => {
    standIn.putObject(Bucket, 'k', 'hello');
    const other = s3.send(new GetObjectCommand({ Bucket, Key: 'k', IfMatch: '"other"' }));
    expect(await errorOf(other)).toMatchObject({ name: 'PreconditionFailed', status: 412 });
    const same = s3.send(new GetObjectCommand({ Bucket, Key: 'k', IfMatch: '"5d41402abc4b2a76b9719d911017c592"' }));
    expect(await (await same).Body?.transformToString()).toBe('hello');
  });

  it('dates objects by its own clock, in whole seconds', async () => {
    standIn.clock.advance(-5 * 60 * 1000);
    standIn.putObject(Bucket, 'k', 'hello');
    const listed = await s3.send(new ListObjectsV2Command({ Bucket }));
    const age = standIn.clock.now().getTime() - (listed.Contents?.[0]?.LastModified?.getTime() ?? 0);
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(5_000);
    expect(listed.Contents?.[0]?.LastModified?.getMilliseconds()).toBe(0);
  });

  it('records each request as IAM sees it, and by whom', async () => {
    standIn.putObject(Bucket, 'state/a', 'hello');
    const someone = clientsFor(standIn, 'someone').s3;
    const ifMatch = '"5d41402abc4b2a76b9719d911017c592"';
    await someone.send(new ListObjectsV2Command({ Bucket, Prefix: 'state/' }));
    await someone.send(new HeadObjectCommand({ Bucket, Key: 'state/a' }));
    await someone.send(new PutObjectCommand({ Bucket, Key: 'state/a', Body: 'x', IfMatch: ifMatch }));
    await someone.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'state/a' }, { Key: 'b&c' }] } }));
    await errorOf(someone.send(new DeleteObjectCommand({ Bucket, Key: 'x', IfMatch: ifMatch })));
    const own = { caller: 'someone', service: 's3' };
    const resource = 'arn:aws:s3:::evidence/state/a';
    const alsoNeeds = [{ action: 's3:GetObject', resource }];
    const listing = {
      action: 's3:ListBucket',
      resource: 'arn:aws:s3:::evidence',
      conditions: { 's3:prefix': 'state/' },
    };
    expect(standIn.requests()).toEqual([
      { ...own, operation: 'ListObjectsV2', ...listing, changing: false, status: 200 },
      { ...own, operation: 'HeadObject', action: 's3:GetObject', resource, changing: false, status: 200 },
      { ...own, operation: 'PutObject', action: 's3:PutObject', resource, alsoNeeds, changing: true, status: 200 },
      expect.objectContaining({
        action: 's3:DeleteObject',
        resource,
        alsoNeeds: [{ action: 's3:DeleteObject', resource: 'arn:aws:s3:::evidence/b&c' }],
      }),
      expect.objectContaining({ operation: 'DeleteObject', status: 404, errorCode: 'NoSuchKey' }),
    ]);
  });

  it('asks IAM for the version where one is named', async () => {
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await s3.send(new HeadObjectCommand({ Bucket, Key: 'k', VersionId }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId }));
    const actions = standIn.requests().map(({ action }) => action);
    expect(actions).toEqual(['s3:PutObject', 's3:GetObjectVersion', 's3:DeleteObjectVersion']);
  });

  it('names an operation, a parameter or a header that it does not model', async () => {
    const part = s3.send(new UploadPartCommand({ Bucket, Key: 'k', PartNumber: 1, UploadId: 'a', Body: 'x' }));
    const unmodelled = { name: 'NotImplemented', status: 501 };
    expect(await errorOf(part)).toMatchObject({ ...unmodelled, message: 'stand-in does not model s3:UploadPart' });
    const since = s3.send(new GetObjectCommand({ Bucket, Key: 'k', IfModifiedSince: new Date(0) }));
    expect((await errorOf(since)).message).toBe('stand-in does not model header if-modified-since of s3:GetObject');
    const owner = s3.send(new ListObjectsV2Command({ Bucket, FetchOwner: true }));
    expect((await errorOf(owner)).message).toBe(
      'stand-in does not model query parameter fetch-owner of s3:ListObjectsV2',
    );
    const quiet = s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects: [{ Key: 'k' }] } }));
    expect((await errorOf(quiet)).message).toBe('stand-in does not model element Quiet of s3:DeleteObjects');
    expect(standIn.requests()[0]).toMatchObject({ operation: 'UploadPart', action: 's3:UploadPart', status: 501 });
  });

  it('lets tests plant and remove objects without a request', () => {
    standIn.putObject(Bucket, 'a', 'one');
    standIn.putObject(Bucket, 'b', Buffer.from('two'));
    standIn.removeObject(Bucket, 'a');
    expect(standIn.objects(Bucket).map(({ key }) => key)).toEqual(['b']);
    expect(standIn.requests()).toEqual([]);
  });
});
