import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

function failures(root: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/failures.ts')], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('the list of this repository', () => {
  it('calls nothing proved that no test names', () => {
    expect(failures(ROOT)).toMatchObject({ status: 0, stderr: '' });
  });
});

/** A repository with one runbook, `audit`. */
describe('a list', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nightshift-failures-'));
    cpSync(join(ROOT, 'bin/failures.ts'), join(root, 'bin/failures.ts'));
    write('package.json', '{"type":"module"}');
    write('lib/runbooks/audit.ts', '');
    write('test/lib/none.test.ts', '');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const list = (...rows: string[]) =>
    write('docs/failures.md', ['| id | what happens | audit |', '|---|---|---|', ...rows].join('\n'));

  it('prints what no test names, and passes while nothing is called proved', () => {
    list('| F01 | an event twice | not proved yet |', '| F02 | no database | does not apply, because it has none |');
    write('test/lib/some.test.ts', "it('F02 holds', () => {});");
    const { status, stdout } = failures(root);
    expect(status).toBe(0);
    expect(stdout).toContain('F01  an event twice');
    expect(stdout).not.toContain('F02');
  });

  it.each([
    ['test/functions/audit/run.test.ts', "it('F01 holds', () => {});", 0],
    ['test/functions/runtime/run.test.ts', "it('F03 F01 hold', () => {});", 0],
    ['test/lib/run.test.ts', "it.each([\n  1,\n])('F01 holds for %s', () => {});", 0],
    ['test/lib/run.test.ts', "describe('F01 everything', () => {});", 0],
    ['test/functions/other/run.test.ts', "it('F01 holds', () => {});", 1],
    ['test/functions/audit/run.test.ts', "it('holds, as F01 asks', () => {});", 1],
    ['test/functions/audit/helper.ts', "it('F01 holds', () => {});", 1],
  ])('with a proved row, and %s with %s: exit %i', (path, text, expected) => {
    list('| F01 | an event twice | proved |', '| F03 | a lease | not proved yet |');
    write(path, text);
    const { status, stderr } = failures(root);
    expect(status).toBe(expected);
    expect(stderr.includes('F01 is not proved for audit')).toBe(expected === 1);
  });

  it.each([
    ['a verdict that is none', ['| F01 | an event twice | perhaps |'], 'F01 has “perhaps”'],
    ['a row without a verdict for a runbook', ['| F01 | an event twice |'], 'F01 says nothing of audit'],
    [
      'a row twice',
      ['| F01 | one | not proved yet |', '| F01 | two | not proved yet |'],
      'F01 stands in the list twice',
    ],
    ['no rows', [], 'has no rows'],
  ])('is refused for %s', (_what, rows, said) => {
    list(...rows);
    expect(failures(root)).toMatchObject({ status: 1, stderr: expect.stringContaining(said) });
  });

  it('may speak for the runbooks that have no column', () => {
    const rows = ['| id | what happens | others |', '|---|---|---|', '| F01 | an event twice | proved |'];
    write('docs/failures.md', rows.join('\n'));
    expect(failures(root)).toMatchObject({ status: 1, stderr: expect.stringContaining('not proved for audit') });
    write('test/functions/audit/run.test.ts', "it('F01 holds', () => {});");
    expect(failures(root)).toMatchObject({ status: 0 });
  });

  it('is refused where a test names a row that it does not have', () => {
    list('| F01 | an event twice | not proved yet |');
    write('test/lib/some.test.ts', "it('F99 holds', () => {});");
    expect(failures(root)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('F99 is named by lib/some.test.ts'),
    });
  });
});
