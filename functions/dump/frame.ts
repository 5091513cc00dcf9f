/** pg_dump’s own first and last lines, which say what wrote a plain dump and that it was written to its end. */
import { DumpError } from './dump-error.ts';
import type { Plain, PlainSink } from './plain.ts';

export type Frame = { serverVersion?: string | undefined; pgDumpVersion?: string | undefined; isComplete: boolean };

const COMPLETE = '-- PostgreSQL database dump complete';
const SERVER = /^-- Dumped from database version (\S+)/;
const PG_DUMP = /^-- Dumped by pg_dump version (\S+)/;
/** Without it, psql would go on refusing what \restrict forbids. It comes after the last line, from 17.6, 16.10, … on. */
const UNRESTRICT = /^\\unrestrict\b/;

const BEGINNING = '-- PostgreSQL database dump';
const CLUSTER_BEGINNING = '-- PostgreSQL database cluster dump';
/** Some people set something of their own before it. */
export const BEGINNING_WITHIN_BYTES = 8 * 1024;

/** @throws DumpError when these first bytes are not those of a dump of one database */
export function refuseOthers(first: Buffer): void {
  const head = first.toString('latin1', 0, BEGINNING_WITHIN_BYTES);
  if (head.includes(CLUSTER_BEGINNING)) {
    const what = 'it is a dump of a whole cluster (pg_dumpall); make one with pg_dump for each database';
    throw new DumpError('unsupported', what);
  }
  if (head.includes(BEGINNING)) return;
  const what = `pg_dump’s first line is not in its first ${Math.min(first.length, BEGINNING_WITHIN_BYTES)} bytes`;
  throw new DumpError('not a dump', what);
}

/** Watches a sink’s parts go by. After the last line, anything that would be carried out is refused. */
export function framed(frame: Frame, sink: PlainSink): PlainSink {
  return {
    ...sink,
    begins: (bytes, from, at) => {
      if (frame.isComplete) throw afterEnd(at);
      return sink.begins(bytes, from, at);
    },
    command: (text, at) => {
      if (!frame.isComplete) sink.command(text, at);
      else if (!UNRESTRICT.test(text)) throw afterEnd(at);
    },
    remark: (line) => note(frame, line),
  };
}

function note(frame: Frame, line: string): void {
  if (line === COMPLETE) frame.isComplete = true;
  frame.serverVersion ??= SERVER.exec(line)?.[1];
  frame.pgDumpVersion ??= PG_DUMP.exec(line)?.[1];
}

function afterEnd(at: number): DumpError {
  return new DumpError('bytes after the end', `byte ${at}: something comes after pg_dump’s own last line`);
}

/** @throws DumpError when the dump was not written to its end, though the file may be whole */
export function refuseUnended({ mode, began }: Plain, frame: Frame, table?: string): void {
  if (mode === 'rows' || mode === 'rest of line') {
    throw new DumpError('no end', `the rows of ${table ?? 'a table'}, from byte ${began} on, do not end with \\.`);
  }
  if (mode === 'statement') throw new DumpError('no end', `the statement at byte ${began} does not end`);
  if (!frame.isComplete) throw new DumpError('no end', `pg_dump’s own last line (${COMPLETE}) is missing`);
}
