import { describe, expect, it } from 'vitest';
import { Input, Settings } from '../../../functions/backup-verification/contract.ts';
import alecs from '../../../systems/alecs.ts';
import alexander from '../../../systems/alexander.ts';
import fileforge from '../../../systems/fileforge.ts';
import signx from '../../../systems/signx-studio.ts';

// biome-ignore lint/suspicious/noExplicitAny: settings that the contract would not allow
function refused(change: (settings: any) => void): string[] {
  const settings = structuredClone(alexander.runbooks['backup-verification'].settings);
  change(settings);
  const { error } = Settings.safeParse(settings);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

describe('the settings of backup-verification', () => {
  it.each([alexander, alecs, fileforge, signx])('$name’s are in order', ({ runbooks }) => {
    expect(Settings.safeParse(runbooks['backup-verification'].settings).error).toBeUndefined();
  });

  it('F13 are refused without any check of the data', () => {
    expect(refused(({ sources }) => Object.assign(sources[0], { checks: {} }))).toEqual([
      expect.stringContaining('sources.0.checks: must name at least one table, assertion or newest column'),
    ]);
  });

  it('F13 are refused where a dump is to be restored and nobody says where', () => {
    expect(refused((settings) => delete settings.scratch)).toEqual([
      'scratch: must be set, because nightly is to be restored',
    ]);
  });

  it('F75 are refused where nobody says what must never be restored into', () => {
    expect(refused(({ scratch }) => delete scratch.source)).toEqual([expect.stringContaining('scratch.source')]);
  });

  it('are refused where a dump that is only scanned is to be asked what only a database can answer', () => {
    const [first] = refused(({ sources }) => Object.assign(sources[0], { restore: false }));
    expect(first).toContain('sources.0.checks: assertions and newest need restore');
  });

  it.each([
    [
      'two sources of one name',
      (s: { sources: { name: string }[] }) => Object.assign(s.sources[1] ?? {}, { name: 'nightly' }),
      /sources\.1\.name: must be a name of its own/,
    ],
    [
      'WAL of a base backup that is none',
      (s: { sources: object[] }) => Object.assign(s.sources[3] ?? {}, { continues: 'nightly' }),
      /must be the name of a source of kind base: base/,
    ],
    [
      'an objective for what nothing protects',
      (s: { objectives: object[] }) => Object.assign(s.objectives[0] ?? {}, { protects: 'cache' }),
      /must be what a source protects: database/,
    ],
    [
      'both a prefix and a key',
      (s: { sources: object[] }) => Object.assign(s.sources[0] ?? {}, { key: 'x' }),
      /either prefix or key/,
    ],
    [
      'a prefix that would mean more than itself in an ARN',
      (s: { sources: object[] }) => Object.assign(s.sources[0] ?? {}, { prefix: 'dumps/*' }),
      /sources\.0\.prefix: a key prefix without spaces, \* and \?/,
    ],
    [
      'such a key',
      (s: { sources: object[] }) => Object.assign(s.sources[0] ?? {}, { prefix: undefined, key: 'dump?' }),
      /sources\.0\.key: a key without \* and \?/,
    ],
    [
      'such a bucket',
      (s: { sources: object[] }) => Object.assign(s.sources[0] ?? {}, { store: { bucket: 'dumps*' } }),
      /sources\.0\.store\.bucket: a bucket’s name/,
    ],
    [
      'a store of one’s own without credentials',
      (s: { sources: object[] }) =>
        Object.assign(s.sources[0] ?? {}, { store: { bucket: 'abc', endpoint: 'https://s3.example.com' } }),
      /store\.credentials: must be set with endpoint/,
    ],
  ])('are refused with %s', (_what, change, message) => {
    expect(refused(change)).toEqual([expect.stringMatching(message)]);
  });

  it('F09 a person can say nothing but a lower mode', () => {
    expect(Input.safeParse({}).success).toBe(true);
    expect(Input.safeParse({ sources: ['nightly'] }).success).toBe(false);
  });
});
