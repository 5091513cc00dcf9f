import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBucket, removeBucket } from './bucket.ts';
import { refusalOf, s3, uniqueName } from './clients.ts';

describe.each([
  { kind: 'an unversioned', versioned: false },
  { kind: 'a versioned', versioned: true },
])('conditional writes in $kind bucket', (options) => {
  let Bucket: string;
  beforeAll(async () => {
    Bucket = await makeBucket(options);
  });
  afterAll(() => removeBucket(Bucket));

  const put = (Key: string, Body: string, condition: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body, ...condition }));
  const read = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return Body?.transformToString();
  };

  it('writes If-None-Match: * once, and answers 412 to the second', async () => {
    const key = uniqueName();
    await put(key, 'first', { IfNoneMatch: '*' });
    const second = await refusalOf(put(key, 'second', { IfNoneMatch: '*' }));
    expect(second).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect(await read(key)).toBe('first');
  });

  it('lets exactly one of many writers at once create an object', async () => {
    const key = uniqueName();
    const writers = Array.from({ length: 16 }, (_, index) => `writer ${index}`);
    const refusals = await Promise.all(writers.map((body) => refusalOf(put(key, body, { IfNoneMatch: '*' }))));
    const winners = writers.filter((_, index) => refusals[index] === undefined);
    expect(winners).toHaveLength(1);
    expect([await read(key)]).toEqual(winners);
    const lost = refusals.filter((refusal) => refusal !== undefined).map(({ status }) => status);
    expect(lost.filter((status) => status !== 412 && status !== 409)).toEqual([]);
  });

  it('lets exactly one of many writers at once replace an object', async () => {
    const key = uniqueName();
    const { ETag = '' } = await put(key, 'before');
    const writers = Array.from({ length: 16 }, (_, index) => `writer ${index}`);
    const refusals = await Promise.all(writers.map((body) => refusalOf(put(key, body, { IfMatch: ETag }))));
    const winners = writers.filter((_, index) => refusals[index] === undefined);
    expect(winners).toHaveLength(1);
    expect([await read(key)]).toEqual(winners);
  });

  it('replaces what If-Match names, and answers 412 once it has changed', async () => {
    const key = uniqueName();
    const first = await put(key, 'first');
    await put(key, 'second', { IfMatch: first.ETag ?? '' });
    const stale = await refusalOf(put(key, 'third', { IfMatch: first.ETag ?? '' }));
    expect(stale).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect(await read(key)).toBe('second');
  });

  it('answers 404 to If-Match where there is no object, and makes none', async () => {
    const key = uniqueName();
    const { ETag = '' } = await put(uniqueName(), 'other');
    expect(await refusalOf(put(key, 'x', { IfMatch: ETag }))).toEqual({ name: 'NoSuchKey', status: 404 });
    expect(await refusalOf(read(key))).toEqual({ name: 'NoSuchKey', status: 404 });
  });

  it('creates again, but does not replace, what was deleted', async () => {
    const key = uniqueName();
    const { ETag = '' } = await put(key, 'first');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
    expect((await refusalOf(put(key, 'x', { IfMatch: ETag })))?.status).toBe(404);
    await put(key, 'second', { IfNoneMatch: '*' });
    expect(await read(key)).toBe('second');
  });

  it('deletes what If-Match names, and nothing that has changed', async () => {
    const key = uniqueName();
    const first = await put(key, 'first');
    const second = await put(key, 'second');
    const remove = (IfMatch = '') => s3.send(new DeleteObjectCommand({ Bucket, Key: key, IfMatch }));
    expect(await refusalOf(remove(first.ETag))).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect(await read(key)).toBe('second');
    await remove(second.ETag);
    expect((await refusalOf(read(key)))?.status).toBe(404);
  });

  it('gives the same ETag to the same bytes', async () => {
    const [one, two, other] = [
      await put(uniqueName(), 'x'),
      await put(uniqueName(), 'x'),
      await put(uniqueName(), 'y'),
    ];
    expect(two.ETag).toBe(one.ETag);
    expect(other.ETag).not.toBe(one.ETag);
  });
});
