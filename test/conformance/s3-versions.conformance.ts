import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBucket, putKeys, removeBucket } from './bucket.ts';
import { refusalOf, s3, uniqueName } from './clients.ts';

describe('versions of objects', () => {
  let Bucket: string;
  beforeAll(async () => {
    Bucket = await makeBucket({ versioned: true });
  });
  afterAll(() => removeBucket(Bucket));

  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const remove = (Key: string, version: { VersionId?: string | undefined } = {}) =>
    s3.send(new DeleteObjectCommand({ Bucket, Key, ...version }));
  const read = async (Key: string, version: { VersionId?: string | undefined } = {}) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...version }));
    return Body?.transformToString();
  };

  it('keeps what is written over, and reads it by its version', async () => {
    const key = uniqueName();
    const first = await put(key, 'first');
    const second = await put(key, 'second');
    expect(first.VersionId).not.toBe(second.VersionId);
    expect(await read(key)).toBe('second');
    expect(await read(key, { VersionId: first.VersionId })).toBe('first');
  });

  it('puts a delete marker over what is deleted, and taking the marker away brings it back', async () => {
    const key = uniqueName();
    const { VersionId } = await put(key, 'kept');
    const marker = await remove(key);
    expect(marker.DeleteMarker).toBe(true);
    expect(await refusalOf(read(key))).toEqual({ name: 'NoSuchKey', status: 404 });
    expect((await refusalOf(s3.send(new HeadObjectCommand({ Bucket, Key: key }))))?.status).toBe(404);
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: key }))).Contents).toBeUndefined();
    expect(await read(key, { VersionId })).toBe('kept');
    await remove(key, { VersionId: marker.VersionId });
    expect(await read(key)).toBe('kept');
  });

  it('will not read a delete marker', async () => {
    const key = uniqueName();
    await put(key, 'x');
    const { VersionId } = await remove(key);
    expect((await refusalOf(read(key, { VersionId })))?.status).toBe(405);
  });

  it('removes one version for good, and lays the one before it open', async () => {
    const key = uniqueName();
    const first = await put(key, 'first');
    const { VersionId } = await put(key, 'second');
    await remove(key, { VersionId });
    expect(await read(key)).toBe('first');
    expect((await refusalOf(read(key, { VersionId })))?.status).toBe(404);
    const listed = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: key }));
    expect(listed.Versions).toMatchObject([{ Key: key, VersionId: first.VersionId, IsLatest: true }]);
  });

  it('lists versions newest first, page by page', async () => {
    const key = uniqueName();
    const ids = [(await put(key, '1')).VersionId, (await put(key, '2')).VersionId, (await remove(key)).VersionId];
    const command = { Bucket, Prefix: key, MaxKeys: 2 };
    const first = await s3.send(new ListObjectVersionsCommand(command));
    const markers = { KeyMarker: first.NextKeyMarker, VersionIdMarker: first.NextVersionIdMarker };
    const second = await s3.send(new ListObjectVersionsCommand({ ...command, ...markers }));
    const listed = [first, second].flatMap(({ DeleteMarkers = [], Versions = [] }) => [...DeleteMarkers, ...Versions]);
    expect(listed.map(({ VersionId }) => VersionId)).toEqual(ids.toReversed());
    expect(listed.map(({ IsLatest }) => IsLatest)).toEqual([true, false, false]);
  });

  it('deletes many keys in one call, absent ones too, and says what became of each', async () => {
    const keys = [uniqueName(), `${uniqueName()} & <odd>`];
    await putKeys(Bucket, keys);
    const Objects = [...keys, uniqueName()].map((Key) => ({ Key }));
    const { Deleted = [], Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    const deleted = Deleted.map(({ Key }) => Key);
    expect(deleted.sort()).toEqual(Objects.map(({ Key }) => Key).sort());
    expect(Errors).toBeUndefined();
    for (const key of keys) expect((await refusalOf(read(key)))?.status).toBe(404);
  });

  it('refuses to delete more than 1,000 keys in one call', async () => {
    const Objects = Array.from({ length: 1001 }, (_, index) => ({ Key: `none/${index}` }));
    const refusal = await refusalOf(s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } })));
    expect(refusal).toEqual({ name: 'MalformedXML', status: 400 });
  });

  it('will not remove a bucket that still holds a version', async () => {
    await put(uniqueName(), 'x');
    const refusal = await refusalOf(s3.send(new DeleteBucketCommand({ Bucket })));
    expect(refusal).toEqual({ name: 'BucketNotEmpty', status: 409 });
  });
});
