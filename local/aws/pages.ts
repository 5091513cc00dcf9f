/** Lists that are answered a page at a time, with an opaque token for the next one. */

type Page<T> = { items: T[]; next?: string };

/** The page that `token` (undefined: the first) stands for; undefined where we never gave out such a token. */
export function pageOf<T>(all: T[], { token, size }: { token: string | undefined; size: number }): Page<T> | undefined {
  const start = token === undefined ? 0 : readToken(token);
  if (start === undefined) return undefined;
  const end = start + size;
  return { items: all.slice(start, end), ...(end < all.length ? { next: writeToken(end) } : {}) };
}

function writeToken(start: number): string {
  return Buffer.from(`start:${start}`).toString('base64');
}

function readToken(token: string): number | undefined {
  const match = /^start:(\d+)$/.exec(Buffer.from(token, 'base64').toString('utf8'));
  return match === null ? undefined : Number(match[1]);
}
