/** The hashes cut into ranges that share none and together leave out none. */

/** Hashes that sort after `after` and not after `upTo`, by their bytes; `''` is the beginning, undefined the end. */
export type Range = { after: string; upTo: string | undefined };

const DIGITS: Record<number, number> = { 1: 0, 16: 1, 256: 2, 4096: 3 };

/** The first digits of the hashes in a shard; also its name. A single shard is called `all`. */
export function shardName(shard: number, shards: number): string {
  const digits = DIGITS[shards] ?? 0;
  return digits === 0 ? 'all' : shard.toString(16).padStart(digits, '0');
}

/** The first shard begins before every text, also before those that are no hashes, and the last one never ends. */
export function rangeOf(shard: number, shards: number): Range {
  return {
    after: shard === 0 ? '' : shardName(shard, shards),
    upTo: shard === shards - 1 ? undefined : shardName(shard + 1, shards),
  };
}

/** Shards that follow one another: `from`, and no more than up to `upTo`, which is not one of them. */
export type Span = { from: number; upTo: number };

export function rangeOfSpan({ from, upTo }: Span, shards: number): Range {
  return { after: rangeOf(from, shards).after, upTo: rangeOf(upTo - 1, shards).upTo };
}

/** Spans of about the same length that together are just these shards: as many as may be marked at once, or more where there are gaps. */
export function spansOf(unfinished: number[], atOnce: number): Span[] {
  const most = Math.ceil(unfinished.length / atOnce);
  const spans: Span[] = [];
  for (const shard of unfinished) {
    const last = spans.at(-1);
    if (last !== undefined && last.upTo === shard && shard - last.from < most) last.upTo = shard + 1;
    else spans.push({ from: shard, upTo: shard + 1 });
  }
  return spans;
}

export function shardOf(hash: string, shards: number): number {
  const digits = DIGITS[shards] ?? 0;
  return digits === 0 ? 0 : Number.parseInt(hash.slice(0, digits), 16);
}
