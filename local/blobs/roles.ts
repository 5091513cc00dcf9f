/** The two database roles of the collector, with exactly what its README tells an operator to grant. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const READER = 'nightshift_blobs_reader';
export const ACTOR = 'nightshift_blobs_actor';

const README = resolve(import.meta.dirname, '../../functions/orphan-blob-gc/README.md');

/** The README’s own SQL, so that every test proves it sufficient. The password must not hold quotes. */
export function rolesSql({ database, password }: { database: string; password: string }): string {
  const [, sql] = /^```sql\n(.*?)^```$/ms.exec(readFileSync(README, 'utf8')) ?? [];
  if (sql === undefined) throw new Error(`${README} holds no block of SQL`);
  return `
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    ${sql.replaceAll('DATABASE alexander', `DATABASE ${database}`)}
    ALTER ROLE ${READER} PASSWORD '${password}';
    ALTER ROLE ${ACTOR} PASSWORD '${password}';
  `;
}
