/** Backups of files that are each a folder of their own, named by its time. Pure. */
import type { Listed } from '../../object-store/listing.ts';
import { compareBytes } from '../../runtime/order.ts';

export type Folder = {
  name: string;
  /** When its first and its last file came, in milliseconds since 1970. */
  from: number;
  at: number;
  bytes: number;
  count: number;
};

/** One that still grows is not a backup yet. */
const QUIET_MS = 15 * 60_000;

export function createFolders(prefix: string): { add(listed: Listed): void; all(): Folder[] } {
  const folders = new Map<string, Folder>();
  return {
    add: ({ key, bytes, lastModified: at }) => {
      const name = key.slice(prefix.length, key.indexOf('/', prefix.length));
      if (!key.startsWith(`${prefix}${name}/`) || name === '') return;
      const folder = folders.get(name) ?? { name, from: at, at, bytes: 0, count: 0 };
      folders.set(name, folder);
      Object.assign(folder, { from: Math.min(folder.from, at), at: Math.max(folder.at, at) });
      folder.bytes += bytes;
      folder.count += 1;
    },
    // Named by their times, so that a file that somebody touched in an old one does not make it the newest.
    all: () => [...folders.values()].sort((a, b) => compareBytes(a.name, b.name)),
  };
}

/** The newest is left out while it is being filled: the one before is the backup until then. */
export function finished(all: Folder[], now: number): Folder[] {
  const [before, last] = all.slice(-2);
  const isFilling = last !== undefined && before !== undefined && now - last.at < QUIET_MS && last.count < before.count;
  return isFilling ? all.slice(0, -1) : all;
}
