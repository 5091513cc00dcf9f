/** Looks at a backup of files: by itself, beside what it is a copy of, and beside its own copies. */
import type { Objects } from '../../object-store/object-store.ts';
import type { SourceOf } from '../contract.ts';
import type { Looked } from '../looked.ts';
import { lookAtOneCopy } from './file-copy.ts';
import { lookAtFolders } from './file-folders.ts';
import type { Looking } from './looking.ts';
import { inStore } from './stores.ts';

/** @throws RefusalError when anything cannot be read to its end */
export function lookAtFiles(source: SourceOf<'files'>, looking: Looking): Promise<Looked> {
  const look: (objects: Objects, source: SourceOf<'files'>, looking: Looking) => Promise<Looked> =
    source.folderPerBackup ? lookAtFolders : lookAtOneCopy;
  return inStore(source.store, (objects) => look(objects, source, looking));
}
