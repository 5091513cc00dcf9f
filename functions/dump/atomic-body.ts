/**
 * The body of a routine between BEGIN ATOMIC and END holds semicolons that end no statement. Only words outside parentheses are
 * shown here: whatever is inside them is closed before they are.
 */
export type Words = {
  /** `head` until it is known what the statement creates; words no longer matter once it is no routine. */
  stage: 'head' | 'routine' | 'other';
  last: string;
  /** Open BEGIN ATOMIC, and CASE inside of it, which END closes as well. */
  open: number;
};

export const wordsAnew = (): Words => ({ stage: 'head', last: '', open: 0 });

const HEAD = new Set(['create', 'or', 'replace']);
const ROUTINES = new Set(['function', 'procedure']);

export function noteWord(words: Words, word: string): void {
  if (words.stage === 'head' && !HEAD.has(word)) words.stage = ROUTINES.has(word) ? 'routine' : 'other';
  else if (word === 'atomic' && words.last === 'begin' && words.open === 0) words.open = 1;
  else if (word === 'case' && words.open > 0) words.open += 1;
  else if (word === 'end' && words.open > 0) words.open -= 1;
  words.last = word;
}
