/** Base backups as they lie under a prefix: each a folder, or each one archive. Pure. */
import type { Listed } from '../../object-store/listing.ts';
import { compareBytes } from '../../runtime/order.ts';

/** `tar`: as `pg_basebackup --format=tar` writes it; `plain`: a data directory; `archive`: all of it in one file. */
export type Unit = {
  /** The folder’s name, or the archive’s; empty where the backup lies directly under the prefix. */
  name: string;
  format: 'tar' | 'plain' | 'archive';
  /** The first and last of its objects, in milliseconds since 1970. */
  from: number;
  at: number;
  bytes: number;
  objects: number;
  /** Keys of what tells of it; undefined where it is not there. */
  manifest?: string;
  label?: string;
  /** The archive that has the label in it: `base.tar`, or all of it. */
  tar?: { key: string; bytes: number };
  /** Names of its archives, without the ending of their compression. */
  tars: string[];
  /** It brings the WAL that it needs to be consistent. */
  hasWal: boolean;
};

export type Units = { add(listed: Listed): void; all(): Unit[] };

const TAR = /^(.+\.tar|.+(?=\.tgz$))(?:\.(?:gz|zst|lz4)|\.tgz)?$/;
const OF_A_FOLDER = /^(?:base|pg_wal|\d+)\.tar$/;
const SEGMENT = /^pg_wal\/[0-9A-F]{24}$/;

/** Objects come in any order; memory grows with the backups, not with their files. */
export function createUnits(prefix: string): Units {
  const units = new Map<string, Unit & { isMarked: boolean }>();
  const of = (name: string, listed: Listed) => {
    const empty = {
      format: 'plain' as const,
      from: listed.lastModified,
      at: 0,
      bytes: 0,
      objects: 0,
      tars: [],
      hasWal: false,
    };
    const unit = units.get(name) ?? { name, ...empty, isMarked: false };
    units.set(name, unit);
    return unit;
  };
  return {
    add: (listed) => {
      const path = listed.key.slice(prefix.length).replace(/^\//, '');
      const slash = path.indexOf('/');
      const file = path.slice(slash + 1);
      const tar = TAR.exec(file)?.[1];
      const isArchive = slash === -1 && tar !== undefined && !OF_A_FOLDER.test(tar);
      const unit = of(isArchive ? path : path.slice(0, Math.max(0, slash)), listed);
      count(unit, listed);
      if (isArchive) Object.assign(unit, { format: 'archive', isMarked: true, tar: listed });
      else mark(unit, { file, tar, listed });
    },
    all: () =>
      [...units.values()]
        .filter(({ isMarked }) => isMarked)
        .sort((a, b) => a.at - b.at || compareBytes(a.name, b.name))
        .map(({ isMarked: _, ...unit }) => unit),
  };
}

function count(unit: Unit, { bytes, lastModified }: Listed): void {
  unit.bytes += bytes;
  unit.objects += 1;
  unit.from = Math.min(unit.from, lastModified);
  unit.at = Math.max(unit.at, lastModified);
}

type Marking = { file: string; tar: string | undefined; listed: Listed };

function mark(unit: Unit & { isMarked: boolean }, { file, tar, listed }: Marking): void {
  if (file === 'backup_manifest') unit.manifest = listed.key;
  if (file === 'backup_label') unit.label = listed.key;
  if (tar !== undefined && OF_A_FOLDER.test(tar)) {
    unit.format = 'tar';
    unit.tars.push(tar);
    if (tar === 'base.tar') unit.tar = listed;
  }
  if (tar === 'pg_wal.tar' || SEGMENT.test(file)) unit.hasWal = true;
  const isMark = ['backup_manifest', 'backup_label', 'PG_VERSION'].includes(file) || tar === 'base.tar';
  unit.isMarked ||= isMark;
}
