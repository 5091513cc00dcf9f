/** PostgreSQL's wire messages: a letter, a length that counts itself, a body. */

/** `type` is the letter; `bytes` the whole message, ready to be sent on. */
export type Message = { type: string; body: Buffer; bytes: Buffer };

const LENGTH_BYTES = 4;

/** Cuts a stream of chunks into messages. A message that is not whole yet waits for the next call. */
export function messageCutter(): (chunk: Buffer) => Message[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const messages: Message[] = [];
    while (rest.length > LENGTH_BYTES) {
      const end = 1 + rest.readInt32BE(1);
      if (rest.length < end) break;
      messages.push(toMessage(rest.subarray(0, end)));
      rest = rest.subarray(end);
    }
    return messages;
  };
}

const toMessage = (bytes: Buffer): Message => ({
  type: String.fromCharCode(bytes[0] ?? 0),
  body: bytes.subarray(1 + LENGTH_BYTES),
  bytes,
});

/** The zero-terminated texts at the beginning of a body. */
export const texts = (body: Buffer): string[] => body.toString('utf8').split('\0');

/** What a client sends to end a group of the extended protocol. */
export const SYNC = Buffer.from([0x53, 0, 0, 0, LENGTH_BYTES]);
