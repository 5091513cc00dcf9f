/** Reads CSV by RFC 4180, and nothing more lenient: whoever opens the access review must be able to. */

const FIELD = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;

/** @throws Error where the text is not RFC 4180 with CRLF, or its rows are not equally long */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  FIELD.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    FIELD.lastIndex = at;
    const [whole, field, end] = FIELD.exec(text) ?? [];
    if (whole === undefined || field === undefined)
      throw new Error(`not RFC 4180 at ${at}: ${text.slice(at, at + 60)}`);
    rows.at(-1)?.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    at += whole.length;
    if (end === '\r\n' && at < text.length) rows.push([]);
  }
  if (rows.some((row) => row.length !== rows[0]?.length)) throw new Error('rows of different lengths');
  return rows;
}
