/** Turns what zod found into what a person can mend: every error at once, each with its path, what it got, what is allowed. */
import type * as z from 'zod';
import { nearestName } from './nearest.ts';

type Issue = z.core.$ZodIssue;

/** `what` was being read, for the first line: `the settings of inactive-key-audit`. */
type Explained = { input: unknown; schema: z.ZodType; what: string };

/**
 * @returns several lines of text, one for each error; values are shown shortened, and those of unknown fields not at all
 */
export function explain(error: z.ZodError, { input, schema, what }: Explained): string {
  const lines = error.issues.flatMap((issue) => linesOf(issue, { input, schema }));
  const shown = lines.slice(0, SHOWN_LINES);
  if (lines.length > shown.length) shown.push(`… and ${lines.length - shown.length} more`);
  return `${what}: ${lines.length === 1 ? 'one error' : `${lines.length} errors`}\n${shown.map((line) => `  ${line}`).join('\n')}`;
}

/** An event of a megabyte can hold a hundred thousand errors; nobody mends more than these at once. */
const SHOWN_LINES = 50;

function linesOf(issue: Issue, { input, schema }: Omit<Explained, 'what'>): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownField(issue.path, key, fieldsAt(schema, issue.path)));
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return nearest(issue.errors).flatMap((inner) =>
      linesOf({ ...inner, path: [...issue.path, ...inner.path] } as Issue, { input, schema }),
    );
  }
  return [
    `${pathOf(issue.path)}: ${issue.message.replace(/, received .*$/, '')} (got ${show(valueAt(input, issue.path))})`,
  ];
}

/** What keeps an input from being one option of a union: of an option of its own kind if there is one, and the fewest. */
function nearest(options: Issue[][]): Issue[] {
  const ofItsKind = options.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  const candidates = ofItsKind.length > 0 ? ofItsKind : options;
  return candidates.reduce((best, next) => (next.length < best.length ? next : best));
}

function unknownField(path: PropertyKey[], key: string, known: string[]): string {
  const meant = nearestName(key, known);
  const advice = meant ? `did you mean ${meant}?` : `allowed are ${known.join(', ') || 'none'}`;
  return `${pathOf([...path, shorten(key)])}: there is no such field; ${advice}`;
}

type Def = {
  innerType?: Schema;
  options?: Schema[];
  element?: Schema;
  valueType?: Schema;
};
type Schema = { def?: Def; shape?: Record<PropertyKey, Schema> };

/** The names that the schema allows at a path. */
function fieldsAt(schema: z.ZodType, path: PropertyKey[]): string[] {
  let at = objectsIn(schema as unknown as Schema);
  for (const part of path) at = at.flatMap((object) => objectsIn(stepInto(object, part)));
  return [...new Set(at.flatMap(({ shape }) => Object.keys(shape ?? {})))];
}

/** The schema itself, or what zod wrapped: an optional's inside, each option of a union. */
function objectsIn(schema: Schema | undefined): Schema[] {
  if (schema?.def?.innerType) return objectsIn(schema.def.innerType);
  if (schema?.def?.options) return schema.def.options.flatMap(objectsIn);
  return schema ? [schema] : [];
}

function stepInto({ def, shape }: Schema, part: PropertyKey): Schema | undefined {
  if (shape) return shape[part];
  return def?.element ?? def?.valueType;
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
