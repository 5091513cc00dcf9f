/** The example with a collector of blobs that may act, and some of its settings replaced. */
import type { System } from '../../lib/system.ts';
import alexander from '../../systems/alexander.ts';

export const gc = alexander.runbooks['orphan-blob-gc'];
const ACTOR = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/blobs-actor-d4e5f6';

export type Gc = NonNullable<System['runbooks']['orphan-blob-gc']>;

export const withGc = (changes: Partial<Gc>, settings: Partial<Gc['settings']> = {}): System => ({
  ...alexander,
  runbooks: { 'orphan-blob-gc': { ...gc, ...changes, settings: { ...gc.settings, ...settings } } as Gc },
});

/** Its writers promise what enforce mode needs. */
export const collecting = (settings: Partial<Gc['settings']> = {}): System =>
  withGc(
    { mode: 'enforce' },
    {
      database: { ...gc.settings.database, actor: { secretArn: ACTOR } },
      writersCheckBeforeReuse: true,
      ...settings,
    },
  );

/** Too many blobs for one invocation. */
export const coordinated = (changes: Partial<Gc> = {}): System => withGc({ coordinator: { atOnce: 16 }, ...changes });

/** Quarantined blobs are copies, in a bucket that keeps no versions. */
export const copying = (): System => collecting({ quarantine: { kind: 'prefix', prefix: 'quarantine/' } });
