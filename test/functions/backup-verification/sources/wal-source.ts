/** A source of kind `wal`, as settings give it. */
import { Source, type SourceOf } from '../../../../functions/backup-verification/contract.ts';

export function walSource(more: object = {}): SourceOf<'wal'> {
  const store = { bucket: 'backups', pathStyle: true };
  const base = {
    kind: 'wal',
    name: 'archive',
    store,
    prefix: 'wal/',
    continues: 'weekly',
    maxLagMinutes: 15,
    keepDays: 30,
  };
  return Source.parse({ ...base, ...more }) as SourceOf<'wal'>;
}
