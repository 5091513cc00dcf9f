import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openGuard } from '../../../functions/certificate-check/address.ts';

const forbidden = openGuard([]);

describe('an address that nobody allowed', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.0.9', 'loopback'],
    ['::1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['fd00:ec2::254', 'instance metadata'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['10.0.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12::1', 'private'],
  ])('F85 %s is refused as %s', (address, kind) => {
    expect(forbidden(address)).toBe(kind);
  });

  it.each([
    '1.1.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '64:ff9b::101:101',
    '2a00::1',
  ])('F85 %s is anybody’s, and may be looked at', (address) => {
    expect(forbidden(address)).toBeUndefined();
  });

  it('F85 is judged alike in every form in which IPv6 can hold it', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const bytes = address.split('.').map(Number);
        const [high, low] = [0, 2].map((at) => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
        const kind = forbidden(address);
        expect(forbidden(`::ffff:${address}`)).toBe(kind);
        expect(forbidden(`::ffff:${high}:${low}`)).toBe(kind);
        expect(forbidden(`0:0:0:0:0:FFFF:${high}:${low}`)).toBe(kind);
        expect(forbidden(`64:ff9b::${high}:${low}`)).toBe(kind);
        expect(forbidden(`2002:${high}:${low}::1`)).toBe(kind);
      }),
    );
  });
});

describe('an allowed range', () => {
  it('F85 lets its own addresses through, in every form, and no others', () => {
    const guard = openGuard(['10.1.0.0/16', 'fd12::/32']);
    expect(['10.1.255.255', '::ffff:10.1.0.1', 'fd12::9'].map(guard)).toEqual([undefined, undefined, undefined]);
    expect(['10.2.0.1', '::ffff:10.2.0.1', 'fd13::9', '127.0.0.1'].map(guard)).toEqual([
      'private',
      'private',
      'private',
      'loopback',
    ]);
  });

  it('F85 never lets link-local, metadata, multicast or no address at all through', () => {
    const guard = openGuard(['0.0.0.0/0', '::/0']);
    expect(['169.254.169.254', '::ffff:169.254.169.254', 'fd00:ec2::254', '224.0.0.1', '0.0.0.0'].map(guard)).toEqual([
      'link-local',
      'link-local',
      'instance metadata',
      'multicast',
      'unspecified',
    ]);
  });
});
