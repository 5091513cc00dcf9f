import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientSettings, errorOf } from './clients.ts';

const Bucket = 'backups';
const Key = 'a';

describe('what the stand-in for S3 tells of backups', () => {
  let standIn: StandIn;
  let s3: S3Client;
  beforeEach(async () => {
    standIn = await startStandIn();
    standIn.createBucket(Bucket);
    s3 = new S3Client({ ...clientSettings(standIn, 'tester'), forcePathStyle: true });
  });
  afterEach(() => standIn.stop());

  it('a range is as long as was asked for, says where it is from, and is without the checksum of the whole', async () => {
    standIn.putObject(Bucket, Key, '0123456789');
    const part = await s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=2-4' }));
    expect(part).toMatchObject({ ContentRange: 'bytes 2-4/10', ContentLength: 3, $metadata: { httpStatusCode: 206 } });
    expect(part.ChecksumCRC32).toBeUndefined();
    expect(await part.Body?.transformToString()).toBe('234');
    const rest = await s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=8-' }));
    expect(await rest.Body?.transformToString()).toBe('89');
    const behind = s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=10-12' }));
    expect(await errorOf(behind)).toMatchObject({ name: 'InvalidRange', status: 416 });
    const last = s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=-2' }));
    expect((await errorOf(last)).message).toContain('stand-in does not model Range bytes=-2');
  });

  it('lifecycle rules are told as they were set, and none is an error of its own', async () => {
    const ask = () => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(await errorOf(ask())).toMatchObject({ name: 'NoSuchLifecycleConfiguration', status: 404 });
    standIn.setLifecycle(Bucket, [
      { id: 'all', expireDays: 30, noncurrentDays: 7 },
      { id: 'some', prefix: 'x/', tag: { key: 'k', value: 'v' }, isDisabled: true },
    ]);
    expect((await ask()).Rules).toEqual([
      {
        ...{ ID: 'all', Status: 'Enabled', Filter: { Prefix: '' } },
        ...{ Expiration: { Days: 30 }, NoncurrentVersionExpiration: { NoncurrentDays: 7 } },
      },
      { ID: 'some', Status: 'Disabled', Filter: { And: { Prefix: 'x/', Tags: [{ Key: 'k', Value: 'v' }] } } },
    ]);
    const asked = standIn.requests().at(-1);
    expect(asked).toMatchObject({ action: 's3:GetLifecycleConfiguration', resource: `arn:aws:s3:::${Bucket}` });
  });

  it('a bucket that never kept versions tells no status', async () => {
    const statusOf = async (name: string) => (await s3.send(new GetBucketVersioningCommand({ Bucket: name }))).Status;
    standIn.createBucket('kept', { versioned: true });
    expect([await statusOf(Bucket), await statusOf('kept')]).toEqual([undefined, 'Enabled']);
  });

  it('an object has the past that was planted', async () => {
    const lastModified = new Date('2026-11-01T02:03:04.000Z');
    standIn.putObject(Bucket, Key, 'x', { lastModified, storageClass: 'GLACIER_IR', checksum: 'SHA256' });
    standIn.putObject(Bucket, 'parts', 'x', {
      isMultipart: true,
      kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
    });
    const head = (key: string) => s3.send(new HeadObjectCommand({ Bucket, Key: key, ChecksumMode: 'ENABLED' }));
    expect(await head(Key)).toMatchObject({
      LastModified: lastModified,
      StorageClass: 'GLACIER_IR',
      ChecksumType: 'FULL_OBJECT',
    });
    expect((await head(Key)).ChecksumSHA256).toHaveLength(44);
    const parts = await head('parts');
    expect(parts).toMatchObject({ ServerSideEncryption: 'aws:kms', ETag: expect.stringMatching(/^"[0-9a-f]{32}-2"$/) });
    expect(parts.ChecksumType).toBeUndefined();
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));
    expect(Contents).toMatchObject([{ Key, LastModified: lastModified, StorageClass: 'GLACIER_IR' }]);
  });

  it('an answer breaks off after so many bytes, so often, and only of a known operation', async () => {
    standIn.putObject(Bucket, Key, '0123456789');
    standIn.faults.cut('s3:GetObject', 4, 1);
    const read = async () => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
    await expect(read()).rejects.toThrow();
    expect(await read()).toBe('0123456789');
    expect(() => standIn.faults.cut('s3:GetObjekt', 4, 1)).toThrow('no operation s3:GetObjekt');
  });
});
