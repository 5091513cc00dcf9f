import { describe, expect, it } from 'vitest';
import { uploadedContent } from '../../../local/aws/s3-body.ts';

const TRAILER = 'x-amz-checksum-crc32:NhCmhg==\r\n';

describe('a chunked upload', () => {
  const upload = (body: string, headers: Record<string, string> = {}) =>
    uploadedContent(
      {
        method: 'PUT',
        path: '/bucket/key',
        rawQuery: '',
        query: new Map(),
        headers: {
          'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'x-amz-decoded-content-length': '5',
          'x-amz-trailer': 'x-amz-checksum-crc32',
          ...headers,
        },
        body: Buffer.from(body),
      },
      's3:PutObject',
    );
  const refusal = (body: string, headers?: Record<string, string>) => {
    try {
      upload(body, headers);
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'taken';
  };

  it('is put together from its chunks', () => {
    expect(upload(`3\r\nhel\r\n2\r\nlo\r\n0\r\n${TRAILER}\r\n`).toString()).toBe('hello');
  });

  it('is refused when a byte of it changed', () => {
    expect(refusal(`5\r\nhellO\r\n0\r\n${TRAILER}\r\n`)).toBe('BadDigest');
  });

  it('is refused without the trailer that it promised', () => {
    expect(refusal('5\r\nhello\r\n0\r\n\r\n')).toBe('MalformedTrailerError');
  });

  it('is refused when it is not as long as it said', () => {
    const whole = `5\r\nhello\r\n0\r\n${TRAILER}\r\n`;
    expect(refusal(whole, { 'x-amz-decoded-content-length': '6' })).toBe('IncompleteBody');
    expect(refusal('6\r\nhello\r\n0\r\n\r\n')).toBe('IncompleteBody');
    expect(refusal('5\r\nhello\r\n')).toBe('IncompleteBody');
    expect(refusal('')).toBe('IncompleteBody');
  });

  it('is refused in a form that is not modelled', () => {
    expect(refusal('hello', { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' })).toBe('NotImplemented');
    expect(refusal('hello', { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })).toBe('NotImplemented');
  });
});
