/** Thrown when the local PostgreSQL cannot start; the message says what is missing and what to do about it. */
export class StartError extends Error {
  override name = 'StartError';
}

const SPACE_NEEDED_MB = 60;

/** `cp` on a full disk complains once for each of a thousand files. */
const SAID_MAX_CHARACTERS = 600;

/** Signs of a missing disk or permission, as Node and as PostgreSQL's own programs spell them. */
const NO_SPACE = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/i;
const NO_PERMISSION = /EACCES|EPERM|EROFS|Permission denied|Read-only file system|Operation not permitted/i;
const NO_FOLDER = /ENOTDIR|ENOENT|Not a directory/i;

/**
 * Puts what went wrong while `root` was being filled into words for a person. A `StartError` already is.
 */
export function explain(cause: unknown, place: { root: string; account: string }): StartError {
  if (cause instanceof StartError) return cause;
  const said = cause instanceof Error ? cause.message.trim() : String(cause);
  const heard = said.slice(0, SAID_MAX_CHARACTERS);
  return new StartError(`The local PostgreSQL did not start. ${advice(said, place)}\nIt said: ${heard}`, { cause });
}

function advice(said: string, { root, account }: { root: string; account: string }): string {
  if (NO_SPACE.test(said)) {
    return `The disk that holds ${root} is full. Free at least ${SPACE_NEEDED_MB} MB there, or choose another folder.`;
  }
  if (NO_PERMISSION.test(said)) {
    return `The user ${account} may not write in ${root}. Give that user the folder, or choose another one.`;
  }
  if (NO_FOLDER.test(said)) return `${root} cannot be made, because something above it is missing or is not a folder.`;
  return `Its files are in ${root}.`;
}
