import { ListObjectsV2Command, type ListObjectsV2CommandInput } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeKey, makeBucket, putKeys, removeBucket } from './bucket.ts';
import { refusalOf, s3 } from './clients.ts';

const MANY = Array.from({ length: 1001 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
/** UTF-16, JavaScript's own order, would put the emoji before the full-width tilde. */
const ORDERED = ['order/A', 'order/a', 'order/a/b', 'order/aa', 'order/é', 'order/～', 'order/😀'];
const ODD = [
  'a b',
  'a+b',
  'a%b',
  'a%2Fb',
  'a&b<c>"d"',
  "a'(b)!*~",
  'é/😀',
  'line\nbreak',
  'tab\tand\rreturn',
  'a//b',
].map((key) => `odd/${key}`);
const FOLDERS = ['folders/a/1', 'folders/a/2', 'folders/b', 'folders/c/1', 'folders/d'];

describe('ListObjectsV2', () => {
  let Bucket: string;
  beforeAll(async () => {
    Bucket = await makeBucket({ versioned: false });
    await putKeys(Bucket, [...MANY, ...ORDERED, ...ODD, ...FOLDERS]);
  });
  afterAll(() => removeBucket(Bucket));

  const list = (input: Omit<ListObjectsV2CommandInput, 'Bucket'>) =>
    s3.send(new ListObjectsV2Command({ Bucket, ...input }));
  const keysOf = (page: Awaited<ReturnType<typeof list>>) => (page.Contents ?? []).map(({ Key = '' }) => Key);

  /** What each page holds: keys and common prefixes in one list. */
  async function pagesOf(input: Omit<ListObjectsV2CommandInput, 'Bucket'>): Promise<string[][]> {
    const pages: string[][] = [];
    let token: string | undefined;
    do {
      const page = await list({ ...input, ...(token === undefined ? {} : { ContinuationToken: token }) });
      pages.push([...keysOf(page), ...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix)]);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return pages;
  }

  it.each([undefined, 1000, 5000])('gives at most 1,000 keys a page, asked for %s', async (MaxKeys) => {
    const first = await list({ Prefix: 'many/', ...(MaxKeys === undefined ? {} : { MaxKeys }) });
    expect(keysOf(first)).toEqual(MANY.slice(0, 1000));
    expect(first).toMatchObject({ IsTruncated: true, KeyCount: 1000, MaxKeys: 1000 });
    const rest = await list({ Prefix: 'many/', ContinuationToken: first.NextContinuationToken ?? '' });
    expect(keysOf(rest)).toEqual(MANY.slice(1000));
    expect(rest.IsTruncated).toBe(false);
    expect(rest.NextContinuationToken).toBeUndefined();
  });

  it('orders keys by their UTF-8 bytes, over pages too', async () => {
    expect(keysOf(await list({ Prefix: 'order/' }))).toEqual(ORDERED);
    expect(await pagesOf({ Prefix: 'order/', MaxKeys: 2 })).toEqual([
      ORDERED.slice(0, 2),
      ORDERED.slice(2, 4),
      ORDERED.slice(4, 6),
      ORDERED.slice(6),
    ]);
  });

  it('begins behind StartAfter, whether or not there is such a key', async () => {
    expect(keysOf(await list({ Prefix: 'order/', StartAfter: 'order/é' }))).toEqual(['order/～', 'order/😀']);
    expect(keysOf(await list({ Prefix: 'order/', StartAfter: 'order/zz' }))).toEqual(ORDERED.slice(4));
    expect(keysOf(await list({ Prefix: 'order/', StartAfter: 'p' }))).toEqual([]);
  });

  it('gives odd keys that can be decoded when asked for EncodingType url', async () => {
    const page = await list({ Prefix: 'odd/', EncodingType: 'url' });
    expect(page.EncodingType).toBe('url');
    const inByteOrder = [...ODD].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(keysOf(page).map(decodeKey)).toEqual(inByteOrder);
  });

  it('finds a prefix that is odd itself', async () => {
    for (const key of ODD) {
      const page = await list({ Prefix: key, EncodingType: 'url' });
      expect(keysOf(page).map(decodeKey)).toEqual([key]);
      expect(decodeKey(page.Prefix ?? '')).toBe(key);
    }
  });

  it('folds keys below a delimiter into prefixes, each told once and counted as one', async () => {
    const page = await list({ Prefix: 'folders/', Delimiter: '/' });
    expect(keysOf(page)).toEqual(['folders/b', 'folders/d']);
    expect(page.CommonPrefixes).toEqual([{ Prefix: 'folders/a/' }, { Prefix: 'folders/c/' }]);
    expect(page.KeyCount).toBe(4);
    const pages = await pagesOf({ Prefix: 'folders/', Delimiter: '/', MaxKeys: 1 });
    expect(pages).toEqual([['folders/a/'], ['folders/b'], ['folders/c/'], ['folders/d']]);
  });

  it('gives an empty page for a prefix that nothing has, and for a page of none', async () => {
    for (const input of [{ Prefix: 'nothing/' }, { Prefix: 'order/', MaxKeys: 0 }]) {
      const page = await list(input);
      expect([page.KeyCount, page.IsTruncated, keysOf(page)]).toEqual([0, false, []]);
    }
  });

  it('refuses a continuation token that it never gave', async () => {
    const refusal = await refusalOf(list({ ContinuationToken: 'bogus' }));
    expect(refusal).toEqual({ name: 'InvalidArgument', status: 400 });
  });

  it('refuses a bucket that is not there', async () => {
    const absent = s3.send(new ListObjectsV2Command({ Bucket: `${Bucket}-none` }));
    expect(await refusalOf(absent)).toEqual({ name: 'NoSuchBucket', status: 404 });
  });
});
