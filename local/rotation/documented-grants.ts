/** The SQL of the runbook's own README, so that every night on this machine, and every test, proves it sufficient. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const README = resolve(import.meta.dirname, '../../functions/credential-rotation/README.md');

/** @throws Error where the README has no block of SQL for this kind */
export function documentedGrants(kind: string): string {
  const [, sql] = new RegExp(`^\`\`\`sql\\n(-- ${kind}.*?)^\`\`\`$`, 'ms').exec(readFileSync(README, 'utf8')) ?? [];
  if (sql === undefined) throw new Error(`${README} holds no block of SQL for ${kind}`);
  return sql;
}
