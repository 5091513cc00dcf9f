/** Tells where statements begin in what a client sends. */
import { type Message, texts } from './messages.ts';

/** Messages of the extended protocol that stand in a group until Sync: Parse, Bind, Describe, Execute, Close. */
const GROUPED = 'PBDEC';

/** Messages that are a statement by themselves: Query, CopyDone, FunctionCall. */
const SINGLE = 'QcF';

/**
 * For each message of one connection, in order: the text of the statement that begins with it, if one does. A statement
 * is a simple query, a whole group of the extended protocol up to its Sync, or the CopyDone that makes a COPY take effect.
 */
export function statementReader(): (message: Message) => string | undefined {
  const prepared = new Map<string, string>();
  let inGroup = false;
  return (message) => {
    const begins = SINGLE.includes(message.type) || (!inGroup && GROUPED.includes(message.type));
    if (GROUPED.includes(message.type)) inGroup = true;
    if (message.type === 'S') inGroup = false;
    if (message.type === 'P') remember(message, prepared);
    return begins ? describe(message, prepared) : undefined;
  };
}

function remember({ body }: Message, prepared: Map<string, string>): void {
  const [name = '', text = ''] = texts(body);
  prepared.set(name, text);
}

function describe({ type, body }: Message, prepared: Map<string, string>): string {
  const [first = '', second = ''] = texts(body);
  if (type === 'Q') return first;
  if (type === 'P') return second;
  if (type === 'B') return prepared.get(second) ?? `(Bind of ${second})`;
  if (type === 'c') return '(CopyDone)';
  return `(message ${type})`;
}
