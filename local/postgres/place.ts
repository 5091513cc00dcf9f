/** Where the server's files live. */
import { createHash } from 'node:crypto';
import { chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Account, canReach } from './account.ts';
import { StartError } from './start-error.ts';

/** `root` holds the template cluster and one folder for each running server; `notes` are sentences for a person. */
type Place = { root: string; notes: string[] };

/** `<dataRoot>/postgres`, or a folder under the system's temporary one where the server's user cannot enter that. */
export function choosePlace(dataRoot: string, account: Account): Place {
  const wanted = resolve(dataRoot);
  mkdirSync(wanted, { recursive: true });
  if (canReach(account, wanted)) return { root: give(join(wanted, 'postgres'), account), notes: [] };
  const instead = join(tmpdir(), `nightshift-postgres-${account.ids.uid ?? process.getuid?.() ?? 'data'}`);
  if (!canReach(account, tmpdir())) {
    throw new StartError(
      `The user ${account.name}, whom PostgreSQL runs as, can enter neither ${wanted} nor ${tmpdir()}. ` +
        'Let that user enter one of them, or name another temporary folder in TMPDIR.',
    );
  }
  const because = `the user ${account.name}, whom PostgreSQL runs as because you are root, cannot enter ${wanted}`;
  return { root: give(instead, account), notes: [`PostgreSQL's files are in ${instead}: ${because}.`] };
}

/** Linux's file system in memory. Docker gives a container 64 MB of it, which one night fills. */
const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 2 ** 30;

/**
 * Where the servers of `root` keep what they throw away: in memory where there is enough of it, else in `root`. A cluster and each
 * database in it are hundreds of small files, which a disk's file system takes ten times as long to make.
 */
export function inMemory(root: string, account: Account): string {
  if (!existsSync(MEMORY)) return root;
  const { bavail, bsize } = statfsSync(MEMORY);
  if (bavail * bsize < ENOUGH_BYTES) return root;
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 12);
  return give(join(MEMORY, `nightshift-${hash}`), account);
}

/** Makes the folder and hands it to the account, and to nobody else. */
function give(folder: string, account: Account): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, gid } = account.ids;
  const found = lstatSync(folder);
  const owners = [process.getuid?.() ?? found.uid, uid];
  // In a shared temporary folder anybody may have made this name first, to read what we put there.
  if (!found.isDirectory() || !owners.includes(found.uid)) {
    throw new StartError(
      `${folder} is a file, a link, or belongs to somebody else (user id ${found.uid}). Remove it, or choose another folder.`,
    );
  }
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return folder;
}

/** A fresh folder for one run. Our process id in its name tells later starts whether somebody still looks after it. */
export function makeRunFolder(root: string, account: Account): string {
  const folder = mkdtempSync(join(root, `run-${process.pid}-`));
  const { uid, gid } = account.ids;
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return folder;
}
