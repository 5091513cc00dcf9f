/** The little that SQL text needs: quoted identifiers going in, and rows of COPY text coming out. */

/** @param parts names that passed `SqlIdentifier`; quoted all the same, so that case is kept and nothing is a keyword */
export function quoted(...parts: string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}

/** A string constant, for statements that take no parameters (COPY). Backslashes are plain with standard_conforming_strings. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Reads the fields of one row, one call for each, in the order of the statement's columns. NULL is undefined. */
export type Fields = {
  text(): string | undefined;
  /** Also infinity. */
  number(): number | undefined;
  boolean(): boolean | undefined;
};

/** What is read as one text: small enough to die young in V8's eyes, also after a pause in which much more arrived. */
const BATCH_BYTES = 32 * 1024;

/**
 * Rows of COPY's text format, some at a time; all of them are to be taken before the next are asked for. Fields are read where they lie: cutting each row into a list of texts first was
 * measured at more than all that is done with them.
 * Source of the format: PostgreSQL documentation, COPY, “Text Format”.
 */
export async function* copiedRows<Row>(
  pieces: AsyncIterable<Buffer>,
  read: (fields: Fields) => Row,
): AsyncGenerator<Iterable<Row>> {
  const reader = newReader();
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const all = Buffer.concat([rest, piece]);
    const whole = all.lastIndexOf('\n') + 1;
    for (let start = 0, end = 0; start < whole; start = end) {
      end = all.indexOf('\n', Math.min(start + BATCH_BYTES, whole - 1)) + 1;
      yield reader.rows(all.toString('utf8', start, end), read);
    }
    rest = all.subarray(whole);
  }
}

const TAB = 9;
const NEWLINE = 10;
const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;

/** One for a whole stream, so that nothing is made for a row but the row. */
function newReader() {
  let source = '';
  let at = 0;
  const text = () => {
    const lines = source;
    let end = at;
    let isEscaped = false;
    // Written so that the end of the text, which is NaN, ends it too.
    for (let code = lines.charCodeAt(end); code < TAB || code > NEWLINE; code = lines.charCodeAt(++end))
      isEscaped ||= code === BACKSLASH;
    const field = lines.slice(at, end);
    at = end + 1;
    return isEscaped ? unescaped(field) : field;
  };
  const number = () => {
    const lines = source;
    let end = at;
    let value = 0;
    let code = lines.charCodeAt(end);
    for (; code >= ZERO && code <= NINE; code = lines.charCodeAt(++end)) value = value * 10 + code - ZERO;
    if (end > at && (code === TAB || code === NEWLINE)) {
      at = end + 1;
      return value;
    }
    const other = text();
    return other === undefined ? undefined : Number(other);
  };
  const boolean = () => {
    const word = text();
    return word === undefined ? undefined : word === 't';
  };
  const fields: Fields = { text, number, boolean };
  return {
    rows: function* <Row>(lines: string, read: (fields: Fields) => Row): Generator<Row> {
      source = lines;
      for (at = 0; at < source.length; ) yield read(fields);
    },
  };
}

const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function unescaped(field: string): string | undefined {
  if (field === '\\N') return undefined;
  return field.replaceAll(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}
