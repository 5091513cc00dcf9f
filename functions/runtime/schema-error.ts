/** Turns what zod found into what a person can mend: every error at once, each with its path, what it got, what is allowed. */
import type * as z from 'zod';

type Issue = z.core.$ZodIssue;

/** `what` was being read, for the first line: `the settings of inactive-key-audit`. */
type Explained = { input: unknown; schema: z.ZodType; what: string };

/**
 * @returns several lines of text, one for each error; values are shown shortened, and those of unknown fields not at all
 */
export function explain(error: z.ZodError, { input, schema, what }: Explained): string {
  const lines = error.issues.flatMap((issue) => linesOf(issue, { input, schema }));
  return `${what}: ${lines.length === 1 ? 'one error' : `${lines.length} errors`}\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function linesOf(issue: Issue, { input, schema }: Omit<Explained, 'what'>): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownField(issue.path, key, fieldsAt(schema, issue.path)));
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = issue.errors.reduce((best, next) => (next.length < best.length ? next : best));
    return closest.flatMap((inner) =>
      linesOf({ ...inner, path: [...issue.path, ...inner.path] } as Issue, { input, schema }),
    );
  }
  return [
    `${pathOf(issue.path)}: ${issue.message.replace(/, received .*$/, '')} (got ${show(valueAt(input, issue.path))})`,
  ];
}

function unknownField(path: PropertyKey[], key: string, known: string[]): string {
  const nearest = known.find((name) => distance(name.toLowerCase(), key.toLowerCase()) <= MAX_TYPOS);
  const advice = nearest ? `did you mean ${nearest}?` : `allowed are ${known.join(', ') || 'none'}`;
  return `${pathOf([...path, shorten(key)])}: there is no such field; ${advice}`;
}

/** More than this many wrong letters is another word. */
const MAX_TYPOS = 2;

/** Levenshtein's distance, by one row at a time. Unknown fields may be megabytes long, names of ours are not. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_TYPOS) return MAX_TYPOS + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The names that the schema allows at a path, through the wrappers that zod puts around an object. */
function fieldsAt(schema: z.ZodType | undefined, path: PropertyKey[]): string[] {
  let inner: unknown = unwrapped(schema);
  for (const part of path)
    inner = unwrapped((inner as { shape?: Record<PropertyKey, unknown> } | undefined)?.shape?.[part]);
  return Object.keys((inner as { shape?: object } | undefined)?.shape ?? {});
}

function unwrapped(schema: unknown): unknown {
  let inner = schema as { def?: { innerType?: unknown } } | undefined;
  while (inner?.def?.innerType) inner = inner.def.innerType as typeof inner;
  return inner;
}

function pathOf(path: PropertyKey[]): string {
  if (path.length === 0) return '(the whole)';
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function valueAt(input: unknown, path: PropertyKey[]): unknown {
  let value: unknown = input;
  for (const part of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === 'object') return 'an object';
  return shorten(JSON.stringify(value));
}

const SHOWN_CHARACTERS = 60;

function shorten(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)`;
}
