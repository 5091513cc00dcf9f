/** Which entries of an archive a restore carries out, and when: as pg_restore does without --create. Pure. */
import type { Entry } from './contents.ts';

/** What is said once at the beginning of a session; and the database itself, which is there already. */
const NOT_RESTORED = new Set(['ENCODING', 'STDSTRINGS', 'SEARCHPATH', 'DATABASE', 'DATABASE PROPERTIES']);
const ABOUT_OTHERS = new Set(['ACL', 'COMMENT', 'SECURITY LABEL']);
const ACCESS = new Set(['ACL', 'ACL LANGUAGE', 'DEFAULT ACL']);
const LAST = new Set(['EVENT TRIGGER', 'MATERIALIZED VIEW DATA']);

/** Grants come after all else: a view is not to be refused because its owner has lost a right. What reads data is last. */
export function restorable(contents: Entry[]): Entry[] {
  const wanted = contents.filter(isRestored);
  return [0, 1, 2].flatMap((pass) => wanted.filter((entry) => passOf(entry) === pass));
}

function isRestored({ description, tag }: Entry): boolean {
  if (NOT_RESTORED.has(description)) return false;
  return !(ABOUT_OTHERS.has(description) && tag.startsWith('DATABASE '));
}

function passOf({ description, tag }: Entry): 0 | 1 | 2 {
  if (ACCESS.has(description)) return 1;
  const isLast = LAST.has(description) || (ABOUT_OTHERS.has(description) && tag.startsWith('EVENT TRIGGER '));
  return isLast ? 2 : 0;
}

/** How every session of a restore begins; what the archive says of its own texts, and what pg_restore says by itself. */
export function sessionSettings(contents: Entry[]): string {
  const own = contents.filter(({ description }) => ['ENCODING', 'STDSTRINGS', 'SEARCHPATH'].includes(description));
  return [
    ...own.map(({ definition }) => definition),
    'SET check_function_bodies = false;',
    'SET xmloption = content;',
    'SET client_min_messages = warning;',
    'SET row_security = off;',
  ].join('\n');
}
