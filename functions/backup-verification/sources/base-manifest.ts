/** `backup_manifest`: which files a base backup has, and which WAL it needs. Written last, and with a checksum of itself. Pure. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { lsnOf } from './wal-name.ts';

export type Manifest = {
  timeline: number;
  startLsn: bigint;
  stopLsn: bigint;
  /** Sizes by path. Names that are not UTF-8 are left out. */
  files: ReadonlyMap<string, number>;
};

/** `wrong` says what, as a part of a sentence. */
export type ReadManifest = { manifest: Manifest } | { wrong: string };

const Shape = z.object({
  Files: z.array(z.object({ Path: z.string().optional(), Size: z.int() })),
  'WAL-Ranges': z.array(z.object({ Timeline: z.int(), 'Start-LSN': z.string(), 'End-LSN': z.string() })).min(1),
});

export function manifestIn(bytes: Buffer): ReadManifest {
  const wrong = checksumFault(bytes);
  if (wrong !== undefined) return { wrong };
  const parsed = Shape.safeParse(parseJson(bytes));
  if (!parsed.success) return { wrong: 'it is no manifest of a base backup' };
  const ranges = parsed.data['WAL-Ranges'];
  const [first, last] = [ranges[0], ranges.at(-1)];
  const [startLsn, stopLsn] = [lsnOf(first?.['Start-LSN'] ?? ''), lsnOf(last?.['End-LSN'] ?? '')];
  if (first === undefined || startLsn === undefined || stopLsn === undefined)
    return { wrong: 'its WAL range is unreadable' };
  const files = parsed.data.Files.flatMap(({ Path, Size }) => (Path === undefined ? [] : [[Path, Size] as const]));
  // A standby that was promoted meanwhile has a range on each timeline; it begins on the first.
  return { manifest: { timeline: first.Timeline, startLsn, stopLsn, files: new Map(files) } };
}

/** Its last line holds the SHA-256 of all lines before. A manifest that was cut off has none. */
function checksumFault(bytes: Buffer): string | undefined {
  const at = bytes.lastIndexOf('"Manifest-Checksum"');
  const [, sum] =
    /^"Manifest-Checksum"\s*:\s*"([0-9a-f]{64})"\s*\}\s*$/.exec(bytes.toString('latin1', Math.max(0, at))) ?? [];
  if (at === -1 || sum === undefined) return 'it has no checksum at its end, so it was cut off';
  const own = createHash('sha256').update(bytes.subarray(0, at)).digest('hex');
  return own === sum ? undefined : 'its own checksum does not hold';
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
