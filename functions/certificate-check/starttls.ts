/** What is said in plain text before TLS begins. Whoever can write into that text must not be able to write into the TLS after it. */
import type { Socket } from 'node:net';
import { DialError } from './dial-error.ts';

/** Longer greetings are not greetings. */
const MOST_BYTES = 16 * 1024;

/**
 * PostgreSQL: an SSLRequest is answered by exactly one byte. Whatever came with that byte was not protected by TLS, and a client that
 * kept it would take it for something that the server said safely (CVE-2021-23222).
 * Source: PostgreSQL documentation, “Message Formats”, SSLRequest.
 */
export async function askPostgres(socket: Socket): Promise<void> {
  const request = Buffer.alloc(8);
  request.writeInt32BE(8, 0);
  request.writeInt32BE(80877103, 4);
  socket.write(request);
  const answer = await nextBytes(socket);
  const said = String.fromCharCode(answer[0] ?? 0);
  if (said !== 'S') throw new DialError('no TLS', `it answered ${JSON.stringify(said)} to the request for TLS`);
  if (answer.length > 1)
    throw new DialError('bytes before TLS', `${answer.length - 1} bytes came with the answer byte`);
}

/** SMTP: greeting, EHLO, STARTTLS (RFC 3207). The same flaw was CVE-2011-0411 there. */
export async function askSmtp(socket: Socket): Promise<void> {
  await expectReply(socket, '220', 'as its greeting');
  socket.write('EHLO nightshift.invalid\r\n');
  const offers = await expectReply(socket, '250', 'to EHLO');
  if (!/^250[- ]STARTTLS\s*$/im.test(offers)) throw new DialError('no TLS', 'it does not offer STARTTLS');
  socket.write('STARTTLS\r\n');
  await expectReply(socket, '220', 'to STARTTLS');
}

/** One whole reply, which may have several lines, and nothing after it. */
async function expectReply(socket: Socket, code: string, to: string): Promise<string> {
  let text = '';
  for (;;) {
    text += (await nextBytes(socket)).toString('latin1');
    const reply = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\r?\n/.exec(text)?.[0];
    if (reply === undefined && text.length < MOST_BYTES) continue;
    if (!reply?.startsWith(code)) throw new DialError('no TLS', `it said ${JSON.stringify(text.slice(0, 40))} ${to}`);
    const rest = text.length - reply.length;
    if (rest > 0) throw new DialError('bytes before TLS', `${rest} bytes came after its reply ${to}`);
    return reply;
  }
}

/** Read one piece at a time, so that the socket holds nothing back when TLS takes it over. */
function nextBytes(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      act();
    };
    const onData = (bytes: Buffer) => {
      socket.pause();
      settle(() => resolve(bytes))();
    };
    const onError = (error: Error) => settle(() => reject(error))();
    const onClose = settle(() => reject(new DialError('unreachable', 'it closed the connection before TLS began')));
    socket.on('data', onData).on('error', onError).on('close', onClose);
    socket.resume();
  });
}
