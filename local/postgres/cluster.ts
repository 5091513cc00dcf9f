/** A fresh, empty database cluster. `initdb` takes most of a second, so it runs once for each version and is copied. */
import { chownSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { run } from './command.ts';

/**
 * UTF8 with the built-in C.UTF-8 collation: text sorts by code point, the same on every machine, whatever locales it has.
 * RDS sorts by `en_US.UTF-8` unless told otherwise, so SQL that relies on an order must still say COLLATE "C".
 */
const INITDB = [
  '--username=postgres',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--auth=reject',
  '--wal-segsize=1',
  '--no-sync',
  '--no-instructions',
];

type Making = { binaries: Binaries; account: Account; root: string };

/** Copies the template cluster to `dataDir`, which must not exist; makes the template first where there is none. */
export async function copyCluster(making: Making, dataDir: string): Promise<void> {
  const { binaries, account, root } = making;
  const template = join(root, `template-${binaries.version}-${account.name}`);
  if (!existsSync(template)) await makeTemplate(making, template);
  await run('cp', ['-R', template, dataDir], { account });
}

async function makeTemplate({ binaries, account, root }: Making, template: string): Promise<void> {
  const work = mkdtempSync(join(root, '.template-'));
  if (account.ids.uid !== undefined && account.ids.gid !== undefined) chownSync(work, account.ids.uid, account.ids.gid);
  const cluster = join(work, 'cluster');
  try {
    await run(binaries.initdb, [`--pgdata=${cluster}`, ...INITDB], { account });
    renameSync(cluster, template);
  } catch (error) {
    if (!existsSync(template)) throw error; // Else another start was faster, and its template is as good.
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Gives the superuser a password while no server runs. PostgreSQL's single-user mode reads the statement from standard
 * input, so there is never a moment at which somebody could log in without a password, nor a password on a command line.
 */
export async function setPassword(
  { binaries, account }: Pick<Making, 'binaries' | 'account'>,
  { dataDir, password }: { dataDir: string; password: string },
): Promise<void> {
  const input = `ALTER ROLE postgres PASSWORD '${password}'\n`;
  await run(binaries.postgres, ['--single', '-D', dataDir, '-c', 'fsync=off', 'postgres'], { account, input });
}
