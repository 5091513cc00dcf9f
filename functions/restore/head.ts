/** How a statement begins, as PostgreSQL would understand it: without comments and line ends. Pure. */

/** Enough for what a statement is and what it is about. */
const HEAD_CHARACTERS = 2_000;

/** Empty where there is nothing but comments. Comments between words count as a space, because PostgreSQL reads them so. */
export function headOf(sql: string): string {
  let head = '';
  let at = 0;
  while (at < sql.length && head.length < HEAD_CHARACTERS) {
    const next = skipBlank(sql, at);
    if (next > at) {
      if (head !== '') head += ' ';
      at = next;
      continue;
    }
    const end = endOfWord(sql, at);
    head += sql.slice(at, end);
    at = end;
  }
  return head.trimEnd();
}

function skipBlank(sql: string, from: number): number {
  let at = from;
  while (at < sql.length) {
    if (sql.startsWith('--', at)) at = endOfLine(sql, at);
    else if (sql.startsWith('/*', at)) at = endOfComment(sql, at);
    else if (BLANK.has(sql[at] ?? '')) at += 1;
    else break;
  }
  return at;
}

const BLANK = new Set([' ', '\t', '\n', '\r', '\f', '\v']);

function endOfLine(sql: string, from: number): number {
  const end = sql.indexOf('\n', from);
  return end === -1 ? sql.length : end;
}

/** Comments stand inside comments in PostgreSQL. */
function endOfComment(sql: string, from: number): number {
  let depth = 0;
  for (let at = from; at < sql.length; at += 1) {
    if (sql.startsWith('/*', at)) depth += 1;
    else if (sql.startsWith('*/', at)) depth -= 1;
    else continue;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return sql.length;
}

/** A quoted name or text is one word, whatever is in it. */
function endOfWord(sql: string, from: number): number {
  const quote = sql[from];
  if (quote === '"' || quote === "'") {
    const end = sql.indexOf(quote, from + 1);
    return end === -1 ? sql.length : end + 1;
  }
  let at = from + 1;
  while (at < sql.length && !/["'\s]/.test(sql[at] ?? '') && !sql.startsWith('--', at) && !sql.startsWith('/*', at))
    at += 1;
  return at;
}

const SHOWN_CHARACTERS = 100;
/** From here on a statement may hold what is in a row, or a secret. */
const CONSTANT = /'|\$[A-Za-z_0-9]*\$|\bVALUES\b|\bPASSWORD\b|\bDEFAULT\b|=/i;

/** What a report may show of a statement: what it does and to what, and never a value. */
export function shownOf(sql: string): string {
  const head = headOf(sql);
  const constant = head.search(CONSTANT);
  const end = Math.min(constant === -1 ? head.length : constant, SHOWN_CHARACTERS);
  return end < head.length ? `${head.slice(0, end).trimEnd()} …` : head;
}
