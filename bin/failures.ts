/**
 * `npm run failures`: which failures of docs/failures.md no test names. A test, or a block of
 * tests, names a row by beginning with its id.
 * Exit 1: a row says "proved" and no test of that runbook, or of what it stands on, names it; or the list is
 * not in order.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

/** Tests of what every runbook is made of, below `test/`: they prove a row for each of them. */
const HOUSE = ['functions/runtime/', 'lib/', 'proof/'];
/** First words of a test or of a block of them, whose call begins a line or ends a table there: one id, or several in a row. */
const NAMED = /^\s*(?:it\b|describe\b|\]).*?\(\s*['"`]((?:F\d\d )+)/gm;
const CELL = /^(proved|not proved yet|does not apply, because .+|belongs to [a-z-]+, not built)$/;

type Row = { id: string; failure: string; cells: Record<string, string> };

function readRows(): Row[] {
  const rows: Row[] = [];
  let header: string[] = [];
  for (const line of readFileSync(join(ROOT, 'docs/failures.md'), 'utf8').split('\n')) {
    const cells = line.startsWith('|')
      ? line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim())
      : [];
    const [id = '', failure = ''] = cells;
    if (id === 'id') header = cells;
    if (!/^F\d\d$/.test(id)) continue;
    const verdicts = cells.slice(2).map((cell, index) => [header[index + 2] ?? '', cell]);
    rows.push({ id, failure, cells: Object.fromEntries(verdicts) });
  }
  return rows;
}

/** The ids that tests begin with, each with the files that hold such a test, relative to `test/`. */
function readTests(): Map<string, string[]> {
  const named = new Map<string, string[]>();
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => /\.(test|proof|conformance)\.ts$/.test(name))) {
    const text = readFileSync(join(ROOT, 'test', file), 'utf8');
    const ids = [...text.matchAll(NAMED)].flatMap(([, ids = '']) => ids.trim().split(' '));
    for (const id of new Set(ids)) named.set(id, [...(named.get(id) ?? []), file]);
  }
  return named;
}

function problemsOf(rows: Row[], named: Map<string, string[]>): string[] {
  const ids = rows.map(({ id }) => id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} stands in the list twice`);
  const unknown = [...named]
    .filter(([id]) => !ids.includes(id))
    .map(([id, files]) => `${id} is named by ${files} and not in the list`);
  return [...twice, ...unknown, ...rows.flatMap((row) => problemsOfRow(row, named.get(row.id) ?? []))];
}

/** A column `others` speaks for every runbook without a column of its own; `belongs to`, for those that are not built. */
function problemsOfRow({ id, cells }: Row, files: string[]): string[] {
  const wrong = Object.values(cells).filter((cell) => !CELL.test(cell));
  const verdicts = runbooks().map(
    (runbook) => [runbook, cells[runbook] ?? cells.others ?? cells['belongs to']] as const,
  );
  const missing = verdicts.filter(([, verdict]) => verdict === undefined);
  const unproved = verdicts.filter(([runbook, verdict]) => verdict === 'proved' && !proves(files, runbook));
  const house = HOUSE.map((folder) => `test/${folder}`).join(', ');
  return [
    ...wrong.map((cell) => `${id} has “${cell}”; allowed are: ${CELL.source}`),
    ...missing.map(([runbook]) => `${id} says nothing of ${runbook}`),
    ...unproved.map(
      ([runbook]) =>
        `${id} is not proved for ${runbook}: no test begins with ${id} in test/functions/${runbook}/, in the folders of what it imports, or in ${house}`,
    ),
  ];
}

function proves(files: string[], runbook: string): boolean {
  return files.some((file) => [...foldersOf(runbook), ...HOUSE].some((folder) => file.startsWith(folder)));
}

/** Its own folder, and those of the concepts that it stands on, and they in turn. */
function foldersOf(runbook: string): string[] {
  const folders = new Set([runbook]);
  for (const folder of folders) for (const concept of importedBy(folder)) folders.add(concept);
  return [...folders].map((folder) => `functions/${folder}/`);
}

function importedBy(folder: string): string[] {
  const path = join(ROOT, 'functions', folder);
  if (!existsSync(path)) return [];
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const texts = files.map((name) => readFileSync(join(path, name), 'utf8'));
  const imported = texts.flatMap((text) => [...text.matchAll(/from '(?:\.\.\/)+([a-z-]+)\/[^']+'/g)]);
  return imported.map(([, concept = '']) => concept).filter((concept) => existsSync(join(ROOT, 'functions', concept)));
}

/** Those that are deployed. */
function runbooks(): string[] {
  return readdirSync(join(ROOT, 'lib/runbooks')).map((file) => basename(file, '.ts'));
}

const rows = readRows();
const named = readTests();
const unnamed = rows.filter(({ id }) => !named.has(id));
console.log(`${rows.length - unnamed.length} of ${rows.length} failures are named by a test. No test names:`);
for (const { id, failure, cells } of unnamed)
  console.log(`  ${id}  ${failure} (${[...new Set(Object.values(cells))].join('; ')})`);
const problems = rows.length === 0 ? ['docs/failures.md has no rows'] : problemsOf(rows, named);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
