/**
 * The few words of RESP 2 that a login needs. The clients on npm add 35 (iovalkey), 54 (ioredis) and 94 KB (redis) to a function that may
 * have 250, and all of them reconnect, queue and ask the server things of their own. Source: the Redis serialization protocol, version 2.
 */

/** Text that the server sent instead of an answer, such as `NOPERM this user has no permissions …`. It may quote what it was asked. */
type Complaint = { complaint: string };
export type Reply = string | number | null | Reply[] | Complaint;

/** `needs`: how many bytes must be there, from the beginning, before it is worth reading again. */
type Read = { reply: Reply; next: number } | { needs: number };

export class MalformedReplyError extends Error {
  override name = 'MalformedReplyError';
}

export function encode(command: string[]): string {
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  return `*${command.length}\r\n${parts.join('')}`;
}

/** @throws MalformedReplyError for what is not RESP 2 */
export function readReply(bytes: Buffer, at = 0): Read {
  const end = bytes.indexOf('\r\n', at);
  if (end < 0) return { needs: bytes.length + 1 };
  const text = bytes.toString('utf8', at + 1, end);
  const next = end + 2;
  switch (String.fromCharCode(bytes[at] ?? 0)) {
    case '+':
      return { reply: text, next };
    case '-':
      return { reply: { complaint: text }, next };
    case ':':
      return { reply: lengthIn(text), next };
    case '$':
      return readBulk(bytes, lengthIn(text), next);
    case '*':
      return readArray(bytes, lengthIn(text), next);
    default:
      throw new MalformedReplyError('it does not speak RESP');
  }
}

function readBulk(bytes: Buffer, length: number, start: number): Read {
  if (length < 0) return { reply: null, next: start };
  const next = start + length + 2;
  if (bytes.length < next) return { needs: next };
  return { reply: bytes.toString('utf8', start, start + length), next };
}

function readArray(bytes: Buffer, length: number, start: number): Read {
  if (length < 0) return { reply: null, next: start };
  const reply: Reply[] = [];
  let next = start;
  while (reply.length < length) {
    const read = readReply(bytes, next);
    if ('needs' in read) return read;
    reply.push(read.reply);
    next = read.next;
  }
  return { reply, next };
}

function lengthIn(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new MalformedReplyError('it sends a number that is none');
  return Number(text);
}
