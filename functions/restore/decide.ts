/** Puts down what PostgreSQL has against one statement of a dump to one of four causes. Pure. */

/**
 * `harmless`: the restore is whole without it. `environment`: this server lacks something, and says nothing about the backup.
 * `corruption`: the backup does not hold what it should. `hostile`: the dump tried something that only an attack, or power that no
 * restore has, would need.
 */
export type ProblemClass = 'harmless' | 'environment' | 'corruption' | 'hostile';

export type Circumstances = {
  /** The dump comes from a newer PostgreSQL than the one that it is restored into, or may, where it does not say. */
  isNewer: boolean;
  /** An extension or another thing of the server is missing, and what needs it will be missing too. */
  isLacking: boolean;
  /** Part of the dump was restored before, perhaps this statement as well. */
  isResumed: boolean;
};

/** @param head the statement, as `headOf` tells it; @param sql all of it */
export function classify(
  { code, head, sql }: { code: string; head: string; sql: string },
  circumstances: Circumstances,
): ProblemClass {
  if (isHostile({ code, head, sql })) return 'hostile';
  if (isOfTheServer({ code, head })) return 'environment';
  if (isHarmless({ code, head }, circumstances)) return 'harmless';
  if (circumstances.isNewer && NEWER.has(code)) return 'environment';
  if (circumstances.isLacking && MISSING.has(code)) return 'environment';
  return 'corruption';
}

type Said = { code: string; head: string };

const DENIED = '42501';

/** What needs power over the server or over other roles, and what reaches out of the database. */
const POWERFUL = [
  /^COPY\b.*\s(FROM|TO)\s+(PROGRAM\b|E?')/is,
  /^(ALTER SYSTEM|LOAD)\b/i,
  /^(CREATE|ALTER) EVENT TRIGGER\b/i,
  /^SET (SESSION |LOCAL )?ROLE\b/i,
  /\b(lo_import|lo_export|dblink\w*|pg_read_(binary_)?file|pg_ls_dir|pg_stat_file|pg_terminate_backend)\s*\(/i,
];
const UNTRUSTED_CODE = /\bLANGUAGE\s+('?)(c|internal)\1(?![\w'])/i;
/** As pg_dump writes it, it connects to nothing until somebody enables it. */
const UNCONNECTED = /\bconnect\s*=\s*'?false/i;
/** pg_dump writes none of these but for its own few functions, so being denied something tells of an attempt. */
const CODE = /^(DO|CALL|SELECT|WITH|UPDATE|DELETE|EXPLAIN|EXECUTE)\b/i;

function isHostile({ code, head, sql }: Said & { sql: string }): boolean {
  if (POWERFUL.some((pattern) => pattern.test(head))) return true;
  if (/^(CREATE|ALTER) SUBSCRIPTION\b/i.test(head)) return !UNCONNECTED.test(sql);
  if (code !== DENIED) return false;
  return CODE.test(head) || (/^CREATE (OR REPLACE )?FUNCTION\b/i.test(head) && UNTRUSTED_CODE.test(sql));
}

/** No more memory, disk or time; its own files; a parameter, an extension, a language or a place that it does not have. */
const OF_THE_SERVER = /^(53|54|55P03|57|58|XX)/;
const SETTING = /^(SET\b|SELECT pg_catalog\.set_config\b)/i;
const SURROUNDINGS =
  /^(CREATE|ALTER|COMMENT ON) (EXTENSION|COLLATION|(TRUSTED |PROCEDURAL )*LANGUAGE|TABLESPACE|FOREIGN DATA WRAPPER|SERVER|USER MAPPING|SUBSCRIPTION|PUBLICATION|ACCESS METHOD|TEXT SEARCH (PARSER|TEMPLATE))\b/i;

function isOfTheServer({ code, head }: Said): boolean {
  if (OF_THE_SERVER.test(code)) return true;
  // That the restore may not do it says nothing of the backup. What is harmless among it is withheld before it is ever sent.
  if (code === DENIED) return !COMMENTS.test(head);
  return (SETTING.test(head) && code.startsWith('42')) || code === '22023' || SURROUNDINGS.test(head);
}

/** Owners may comment; some things belong to the server. */
const COMMENTS = /^(COMMENT ON|SECURITY LABEL)\b/i;
const ABSENT = new Set(['42P01', '42704', '42883', '42703', '3F000', '3D000']);
const PRESENT = new Set(['42P06', '42P07', '42701', '42710', '42723', '42P16']);
/** A part that is a part already; a column that is an identity already. */
const ALTERED = new Set(['42809', '55000']);

function isHarmless({ code, head }: Said, { isResumed }: Circumstances): boolean {
  if (COMMENTS.test(head)) return code === DENIED;
  // pg_dump --clean: there is nothing in an empty database to clean away.
  if (/^(DROP|ALTER TABLE\b.*\sDROP)\b/i.test(head) && ABSENT.has(code)) return true;
  if (/^CREATE SCHEMA ("?)public\1\b/i.test(head) && code === '42P06') return true;
  if (/\sOWNER TO\b/i.test(head) && ABSENT.has(code)) return true;
  return isResumed && (PRESENT.has(code) || (ALTERED.has(code) && /^ALTER TABLE\b/i.test(head)));
}

/** What an older server says of what it does not know. */
const NEWER = new Set(['42601', '0A000', '42704', '42883', '42P17', '22023', '42P13', '42703', '42611']);
/** What is said of things that stand upon what is missing. */
const MISSING = new Set(['42704', '42883', '42P01', '42703', '3F000', '0A000', '42804', '42P17']);

/** Whether other statements of the dump stand upon this one. */
export function makesRoom(head: string): boolean {
  return /^(CREATE|ALTER)\b/i.test(head);
}
