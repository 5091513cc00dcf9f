/**
 * Several statements in one message, and rows into a table: what PostgreSQL says against one of them is an answer here, not an end.
 * These speak node-postgres' interface for queries of one's own, the one that cursors and COPY streams use.
 */
import type { Writable } from 'node:stream';
import pg from 'pg';

/** What PostgreSQL said against a statement. Its message is left out on purpose: it may quote a row. */
export type Complaint = { code: string; schema?: string; table?: string; column?: string; constraint?: string };

/** `completed`: how many statements ended well before the complaint. `rows`: those that INSERTs added. */
export type Ran = { completed: number; rows: number; complaint?: Complaint };

export type Copied = { rows: number; complaint?: Complaint };

/** What of node-postgres' connection is used here. */
type Wire = { query(text: string): void; sendCopyFail(because: string): void; stream: Writable };

/** @throws whatever ended the connection */
export function runStatements(client: pg.Client, text: string): Promise<Ran> {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const ran: Ran = { completed: 0, rows: 0 };
  const complained = (complaint: Complaint) => resolve({ ...ran, complaint });
  submit(client, {
    ...handlers(text, { over: () => resolve(ran), complained, lost: reject }),
    // A COPY that nobody has rows for.
    handleCopyInResponse: (wire: Wire) => wire.sendCopyFail('there are no rows here'),
    handleCommandComplete: ({ text: tag }: { text: string }) => {
      ran.completed += 1;
      if (tag.startsWith('INSERT ')) ran.rows += countOf(tag);
    },
  });
  return promise;
}

/**
 * Reads `data` to its end even when PostgreSQL complains, so that whoever reads a dump finds the next thing where it is.
 * @throws whatever ended the connection or the data; of rows that did not come to their end, none is kept
 */
export async function copyRows(client: pg.Client, text: string, data: AsyncIterable<Buffer>): Promise<Copied> {
  const copying = beginCopy(client, text);
  const wire = await copying.ready;
  try {
    for await (const piece of data) {
      if (copying.state === 'lost') break;
      if (copying.state === 'open' && wire && piece.length > 0) await send(wire.stream, piece, copying);
    }
  } catch (error) {
    if (copying.state === 'open') wire?.sendCopyFail('the rows break off');
    await copying.ended.catch(() => {});
    throw error;
  }
  if (copying.state === 'open') wire?.stream.write(COPY_DONE);
  return copying.ended;
}

type Copying = {
  state: 'open' | 'complained' | 'lost' | 'over';
  /** Undefined where PostgreSQL will take no rows. */
  ready: Promise<Wire | undefined>;
  ended: Promise<Copied>;
  /** Called when it ends, for whoever waits for room in the network: a race of promises for each piece would keep them all. */
  wake: () => void;
};

function beginCopy(client: pg.Client, text: string): Copying {
  const ready = Promise.withResolvers<Wire | undefined>();
  const ended = Promise.withResolvers<Copied>();
  // It may be lost while nobody waits for it yet, which would end the process.
  ended.promise.catch(() => {});
  const copying: Copying = { state: 'open', ready: ready.promise, ended: ended.promise, wake: () => {} };
  const end = (state: Copying['state'], settle: () => void) => {
    copying.state = state;
    settle();
    ready.resolve(undefined);
    copying.wake();
  };
  let rows = 0;
  submit(client, {
    ...handlers(text, {
      over: () => end('over', () => ended.resolve({ rows })),
      complained: (complaint) => end('complained', () => ended.resolve({ rows: 0, complaint })),
      lost: (error) => end('lost', () => ended.reject(error)),
    }),
    handleCopyInResponse: (wire: Wire) => ready.resolve(wire),
    handleCommandComplete: (message: { text: string }) => {
      rows = countOf(message.text);
    },
  });
  return copying;
}

const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const COPY_DATA = 0x64;

/** Waits where the network cannot keep up; a complaint ends the wait too, because nothing may be read on the other side any more. */
async function send(stream: Writable, piece: Buffer, copying: Copying): Promise<void> {
  const header = Buffer.allocUnsafe(5);
  header[0] = COPY_DATA;
  header.writeUInt32BE(piece.length + 4, 1);
  stream.cork();
  stream.write(header);
  stream.write(piece);
  stream.uncork();
  if (!stream.writableNeedDrain) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  copying.wake = resolve;
  stream.once('drain', resolve);
  await promise;
  stream.off('drain', resolve);
}

type Ends = { over(): void; complained(complaint: Complaint): void; lost(error: Error): void };

function handlers(text: string, { over, complained, lost }: Ends) {
  return {
    submit: (wire: Wire) => wire.query(text),
    handleRowDescription: () => {},
    handleDataRow: () => {},
    handlePortalSuspended: () => {},
    handleEmptyQuery: () => {},
    handleCopyData: () => {},
    handleReadyForQuery: over,
    handleError: (error: Error) => {
      const complaint = complaintOf(error);
      if (complaint) complained(complaint);
      else lost(error);
    },
  };
}

function submit(client: pg.Client, query: object): void {
  client.query(query as pg.Submittable);
}

/** The session is at its end after these: the server shuts down, or somebody ended it. */
const ENDS_SESSION = /^(57P0|08)/;

/** Undefined where the connection is gone, and with it whatever was going on. */
export function complaintOf(error: unknown): Complaint | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return undefined;
  if (ENDS_SESSION.test(error.code)) return undefined;
  const { code, schema, table, column, constraint } = error;
  const names = Object.entries({ schema, table, column, constraint }).filter(([, name]) => name !== undefined);
  return { code, ...Object.fromEntries(names) };
}

/** The last number of a command tag, as in `INSERT 0 5` and `COPY 5`. */
function countOf(tag: string): number {
  return Number(tag.slice(tag.lastIndexOf(' ') + 1)) || 0;
}
