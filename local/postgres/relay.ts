/** One client's connection through the proxy, from its login to its end. */
import type { Duplex } from 'node:stream';
import type { Faults } from './faults.ts';
import { type Message, messageCutter, SYNC } from './messages.ts';
import { statementReader } from './statements.ts';

/** `losing`: the client's messages still go through, the server's answers do not. `hung`: nothing goes either way. */
type State = 'open' | 'losing' | 'hung' | 'closed';

type Ends = { client: Duplex; server: Duplex };

/**
 * Passes messages both ways and lets the faults strike. It is meant for clients that await each answer before they send the
 * next statement, as `pg` does: the first ReadyForQuery after a lost statement is taken to be that statement's.
 */
export function relay(ends: Ends, faults: Faults): void {
  let state: State = 'open';
  const readStatement = statementReader();
  const close = () => {
    state = 'closed';
    ends.client.destroy();
    ends.server.destroy();
  };

  const closeStruck = () => {
    close();
    faults.struck();
  };

  const strike = (statement: string) => {
    const fault = faults.strike(statement);
    if (fault === 'failBefore') closeStruck();
    if (fault === 'loseReply') state = 'losing';
    if (fault === 'hang') state = 'hung';
  };

  const fromClient = (message: Message) => {
    const statement = readStatement(message);
    if (statement !== undefined && state === 'open') strike(statement);
    if (state === 'open' || state === 'losing') pass(message.bytes, ends.client, ends.server);
    // A client that says Flush waits for rows before it says Sync, and we keep the rows: so we say Sync for it.
    if (state === 'losing' && message.type === 'H') ends.server.write(SYNC);
  };

  const fromServer = (message: Message) => {
    if (state === 'open') pass(message.bytes, ends.server, ends.client);
    // ReadyForQuery: it is done. CopyInResponse: done as far as it goes before the client sends its rows.
    if (state === 'losing' && (message.type === 'Z' || message.type === 'G')) closeStruck();
  };

  listen(ends.client, fromClient, ends.server);
  listen(ends.server, fromServer, ends.client);
}

/** The end of one side, orderly or not, is the end of the other. */
function listen(from: Duplex, receive: (message: Message) => void, to: Duplex): void {
  const cut = messageCutter();
  from.on('data', (chunk: Buffer) => {
    to.cork(); // One write for all the messages of a chunk: each would else be a TLS record of its own.
    cut(chunk).forEach(receive);
    to.uncork();
  });
  from.on('end', () => to.end());
  from.on('close', () => to.end());
  from.on('error', () => to.destroy());
}

/** Stops reading from a side while the other cannot keep up, so that a large COPY does not pile up in memory. */
function pass(bytes: Buffer, from: Duplex, to: Duplex): void {
  if (to.write(bytes) || from.isPaused()) return;
  from.pause();
  to.once('drain', () => from.resume());
}
