/** Which addresses may be connected to. Whoever runs a name's DNS says where it leads, so this is asked of every address. */
import { BlockList, isIPv6 } from 'node:net';

type Range = [address: string, prefix: number];

/** No setting allows these: there is no server of anybody's behind them. fd00:ec2::/32 is AWS's own metadata and DNS. */
const NEVER: Record<string, Range[]> = {
  'link-local': [
    ['169.254.0.0', 16],
    ['fe80::', 10],
  ],
  'instance metadata': [['fd00:ec2::', 32]],
  unspecified: [
    ['0.0.0.0', 8],
    ['::', 128],
  ],
  multicast: [
    ['224.0.0.0', 4],
    ['ff00::', 8],
  ],
  reserved: [
    ['240.0.0.0', 4],
    ['192.0.0.0', 24],
    ['fec0::', 10],
  ],
};

const ONLY_IF_ALLOWED: Record<string, Range[]> = {
  loopback: [
    ['127.0.0.0', 8],
    ['::1', 128],
  ],
  private: [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['100.64.0.0', 10],
    ['198.18.0.0', 15],
    ['fc00::', 7],
  ],
};

const NEVER_LISTS = listsOf(NEVER);
const ONLY_IF_ALLOWED_LISTS = listsOf(ONLY_IF_ALLOWED);

/**
 * @param allowedRanges CIDRs
 * @returns a question to be asked of every address: what forbids to connect to it; undefined where nothing does
 */
export function openGuard(allowedRanges: string[]): (address: string) => string | undefined {
  const allowed = listOf(
    allowedRanges.map((range) => {
      const [address = '', prefix] = range.split('/');
      return [address, Number(prefix)];
    }),
  );
  return (address) => {
    const real = embeddedIpv4(address) ?? address;
    const never = kindOf(real, NEVER_LISTS);
    if (never) return never;
    return contains(allowed, real) ? undefined : kindOf(real, ONLY_IF_ALLOWED_LISTS);
  };
}

function listsOf(kinds: Record<string, Range[]>): [string, BlockList][] {
  return Object.entries(kinds).map(([kind, ranges]) => [kind, listOf(ranges)]);
}

function listOf(ranges: Range[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ranges) list.addSubnet(address, prefix, isIPv6(address) ? 'ipv6' : 'ipv4');
  return list;
}

function kindOf(address: string, lists: [string, BlockList][]): string | undefined {
  return lists.find(([, list]) => contains(list, address))?.[0];
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

const ZEROS = '0:0:0:0:0:';

/** IPv6 prefixes that lead to an IPv4 address, and where in the eight groups it is: mapped, compatible, NAT64, 6to4. */
const EMBEDDING: [prefix: string, at: number][] = [
  [`${ZEROS}ffff:`, 6],
  [`${ZEROS}0:`, 6],
  ['64:ff9b:0:0:0:0:', 6],
  ['2002:', 1],
];

/** An IPv6 form of 127.0.0.1 leads to 127.0.0.1 as well. */
function embeddedIpv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const groups = groupsOf(address);
  const text = groups.map((group) => group.toString(16)).join(':');
  const at = EMBEDDING.find(([prefix]) => text.startsWith(prefix))?.[1];
  // :: and ::1 are addresses of their own.
  if (at === undefined || text === `${ZEROS}0:0:0` || text === `${ZEROS}0:0:1`) return undefined;
  return groups
    .slice(at, at + 2)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}

/** URL writes every spelling of an IPv6 address in one; a zone (`%eth0`) it does not know. */
function groupsOf(address: string): number[] {
  const plain = address.split('%')[0] ?? '';
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [head, tail ?? ''].map((half) => half.split(':').filter((group) => group !== ''));
  const gap = tail === undefined ? 0 : 8 - (before?.length ?? 0) - (after?.length ?? 0);
  return [...(before ?? []), ...Array<string>(gap).fill('0'), ...(after ?? [])].map((group) =>
    Number.parseInt(group, 16),
  );
}
