/** The operating system's user that the server runs as: PostgreSQL refuses to run as root. */
import { execFileSync, spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { StartError } from './start-error.ts';

/** `ids` is spread into the options of `spawn`; it is empty when we stay who we are. */
export type Account = { name: string; ids: { uid?: number; gid?: number } };

/** Users that exist on common systems, own nothing of worth, and that root may become. */
const UNPRIVILEGED = ['postgres', 'nobody'];

/**
 * Ourselves, or as root the first unprivileged user that exists. No user is created: a demonstration must not leave one
 * behind on somebody's machine.
 */
export function chooseAccount(candidates: string[] = UNPRIVILEGED): Account {
  if (process.getuid?.() !== 0) return { name: userInfo().username, ids: {} };
  for (const name of candidates) {
    const uid = idOf(name, '-u');
    const gid = idOf(name, '-g');
    if (uid !== undefined && gid !== undefined) return { name, ids: { uid, gid } };
  }
  throw new StartError(
    `You are root, PostgreSQL does not run as root, and there is no user called ${candidates.join(' or ')} to run it as. ` +
      'Run this command as another user, or make one: useradd --system postgres',
  );
}

function idOf(name: string, flag: '-u' | '-g'): number | undefined {
  try {
    const id = Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the account can reach `path`; for a folder, enter it; for a program, run it. Asked of the system itself. */
export function canReach(account: Account, path: string): boolean {
  return spawnSync('test', ['-x', path], { ...account.ids, cwd: '/' }).status === 0;
}
