/** The little that SQL text needs: quoted identifiers going in, and rows of COPY text coming out. */

/** @param parts names that passed `SqlIdentifier`; quoted all the same, so that case is kept and nothing is a keyword */
export function quoted(...parts: string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}

/** A string constant, for statements that take no parameters (COPY). Backslashes are plain with standard_conforming_strings. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Rows of COPY's text format, some at a time. NULL is null.
 * Source of the format: PostgreSQL documentation, COPY, “Text Format”.
 */
export async function* copiedRows(text: AsyncIterable<string>): AsyncGenerator<(string | null)[][]> {
  let rest = '';
  for await (const piece of text) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines.map(fieldsOf);
  }
}

function fieldsOf(line: string): (string | null)[] {
  const fields: (string | null)[] = line.split('\t');
  if (!line.includes('\\')) return fields;
  return fields.map((field) => (field === '\\N' ? null : unescaped(field as string)));
}

const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function unescaped(field: string): string {
  return field.replaceAll(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}
