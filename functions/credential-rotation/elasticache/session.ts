/** One connection to a cache over verified TLS, a command at a time. */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { Deadline } from '../../runtime/deadline.ts';
import { describe, RefusalError } from '../../runtime/errors.ts';
import type { CacheServer } from './contract.ts';
import { encode, MalformedReplyError, type Reply, readReply } from './resp.ts';

export type Session = {
  host: string;
  /** @throws RefusalError where no answer comes; what the server answers, a complaint too, is returned */
  ask(...command: string[]): Promise<Reply>;
  close(): void;
};

export type Access = { server: Omit<CacheServer, 'hosts'>; host: string; deadline: Deadline };

const CONNECT_TIMEOUT_MS = 5_000;
/** A list of many thousand connections takes a moment. */
const ANSWER_TIMEOUT_MS = 10_000;
/** About a hundred thousand connections. */
const MAX_REPLY_BYTES = 64 * 1024 * 1024;

/** Nothing is sent before the server has shown who it is (F35). @throws RefusalError */
export async function dial({ server: { port, caPem }, host, deadline }: Access): Promise<Session> {
  const socket = connect({
    host,
    port,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(caPem !== undefined && { ca: caPem }),
  });
  // Without a listener, a connection that breaks between two commands ends the process. The next command reports it.
  socket.on('error', () => {});
  const bounded = <Value>(timeoutMs: number, work: () => Promise<Value>) =>
    within(socket, Math.min(timeoutMs, deadline.workMs()), work).catch((error) => {
      socket.destroy();
      throw new RefusalError(`The cache at ${host}:${port}: ${describe(error)}`, { cause: error });
    });
  await bounded(CONNECT_TIMEOUT_MS, () => once(socket, 'secureConnect'));
  const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
  return {
    host,
    ask: (...command) =>
      bounded(ANSWER_TIMEOUT_MS, () => {
        socket.write(encode(command));
        return nextReply(chunks);
      }),
    close: () => socket.destroy(),
  };
}

async function within<Value>(socket: TLSSocket, timeoutMs: number, work: () => Promise<Value>): Promise<Value> {
  const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

/** One command has one answer, and nothing is asked before it is there. */
async function nextReply(chunks: AsyncIterator<Buffer>): Promise<Reply> {
  let read: Buffer[] = [];
  let bytes = 0;
  for (let needs = 1; ; ) {
    const { value, done } = await chunks.next();
    if (done) throw new Error('it has closed the connection');
    read.push(value);
    bytes += value.length;
    if (bytes < needs) continue;
    if (bytes > MAX_REPLY_BYTES) throw new MalformedReplyError('it sends more than any answer has');
    read = [Buffer.concat(read)];
    const answer = readReply(read[0] ?? value);
    if ('reply' in answer) return answer.reply;
    needs = answer.needs;
  }
}
