/** Which of the known names somebody probably meant. */

/** More than this many wrong letters is another word. */
const MAX_TYPOS = 2;

/** Undefined where none is near. Upper and lower case are no difference. */
export function nearestName(wanted: string, known: string[]): string | undefined {
  const far = known.map((name) => ({ name, typos: distance(name.toLowerCase(), wanted.toLowerCase()) }));
  return far.filter(({ typos }) => typos <= MAX_TYPOS).toSorted((a, b) => a.typos - b.typos)[0]?.name;
}

/** Levenshtein's distance, by one row at a time. What was wanted may be megabytes long, names that are known are not. */
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
