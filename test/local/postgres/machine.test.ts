import { cpSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canReach, chooseAccount } from '../../../local/postgres/account.ts';
import { findBinaries, makeMissingLinks, withinReach } from '../../../local/postgres/binaries.ts';
import { run } from '../../../local/postgres/command.ts';
import { choosePlace } from '../../../local/postgres/place.ts';
import { explain, StartError } from '../../../local/postgres/start-error.ts';

const asRoot = process.getuid?.() === 0;

let closed: string;
beforeEach(() => {
  closed = mkdtempSync(join(tmpdir(), 'nightshift-closed-')); // Only its owner may enter what mkdtemp makes.
});
afterEach(() => rmSync(closed, { recursive: true, force: true }));

describe('the user that the server runs as', () => {
  it.runIf(asRoot)('is an unprivileged one that exists when we are root', () => {
    expect(chooseAccount(['no-such-user', 'nobody'])).toMatchObject({
      name: 'nobody',
      ids: { uid: expect.any(Number) },
    });
    expect(() => chooseAccount(['root', 'no-such-user'])).toThrow(
      /there is no user called root or no-such-user to run it as.*useradd --system postgres/,
    );
  });

  it.runIf(!asRoot)('is ourselves when we are not root', () => {
    expect(chooseAccount().ids).toEqual({});
  });
});

describe('where its files go', () => {
  it.runIf(asRoot)(
    'is the temporary folder when its user cannot enter the folder that was asked for, with a note',
    () => {
      const account = chooseAccount();
      const place = choosePlace(join(closed, 'data'), account);
      expect(place.root.startsWith(tmpdir())).toBe(true);
      expect(place.notes).toEqual([
        expect.stringMatching(`^PostgreSQL's files are in ${place.root}: .*${closed}/data`),
      ]);
      expect(canReach(account, place.root)).toBe(true);
    },
  );

  it('is refused where something that is no folder has the name', () => {
    writeFileSync(join(closed, 'elsewhere'), '');
    symlinkSync(closed, join(closed, 'postgres'));
    const ourselves = { name: 'ourselves', ids: {} };
    expect(() => choosePlace(closed, ourselves)).toThrow(/postgres is a file, a link, or belongs to somebody else/);
  });
});

describe('its programs', () => {
  it.runIf(asRoot)('are copied once to where its user can run them', { timeout: 60_000 }, async () => {
    const account = chooseAccount();
    const found = findBinaries();
    const hidden = join(closed, 'native');
    cpSync(found.folder, hidden, { recursive: true, verbatimSymlinks: true });
    const binaries = { ...found, folder: hidden, postgres: join(hidden, 'bin', 'postgres') };
    const root = mkdtempSync(join(tmpdir(), 'nightshift-open-'));
    await run('chmod', ['755', root], { account: { name: 'ourselves', ids: {} } });
    const copied = await withinReach(binaries, { account, root });
    expect(await run(copied.postgres, ['--version'], { account })).toMatch(/PostgreSQL\) 18/);
    rmSync(hidden, { recursive: true });
    expect(await withinReach(binaries, { account, root })).toEqual(copied);
    rmSync(root, { recursive: true });
  });

  const listLinks = () => {
    mkdirSync(join(closed, 'native'));
    const links = [{ source: 'native/lib/libicuuc.so.60.2', target: 'native/lib/libicuuc.so.60' }];
    writeFileSync(join(closed, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  };

  it('get the library links that a skipped install script would have made', () => {
    listLinks();
    mkdirSync(join(closed, 'native', 'lib'));
    writeFileSync(join(closed, 'native', 'lib', 'libicuuc.so.60.2'), '');
    makeMissingLinks(closed);
    expect(readlinkSync(join(closed, 'native', 'lib', 'libicuuc.so.60'))).toBe('libicuuc.so.60.2');
    expect(existsSync(join(closed, 'native', 'lib', 'libicuuc.so.60'))).toBe(true);
  });

  it('name the missing link and npm rebuild where making it fails', () => {
    listLinks();
    writeFileSync(join(closed, 'native', 'lib'), 'not a folder');
    expect(() => makeMissingLinks(closed)).toThrow(/lacks its library link .*libicuuc\.so\.60.*Run npm rebuild/);
  });
});

describe('an error at the start', () => {
  const place = { root: '/data', account: 'nobody' };

  it.each([
    [
      'initdb: could not write: No space left on device',
      'The disk that holds /data is full. Free at least 60 MB there',
    ],
    ['ENOSPC: no space left on device, mkdir', 'The disk that holds /data is full. Free at least 60 MB there'],
    ['EACCES: permission denied, mkdir', 'The user nobody may not write in /data. Give that user the folder'],
    ['EROFS: read-only file system, mkdir', 'The user nobody may not write in /data. Give that user the folder'],
    ['something else', 'Its files are in /data.'],
  ])('%s: says what to do and what was said', (said, advice) => {
    const error = explain(new Error(said), place);
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toContain(advice);
    expect(error.message).toContain(`It said: ${said}`);
  });

  it('is cut where a program complained a thousand times', () => {
    const error = explain(new Error('cp: error copying: No space left on device\n'.repeat(1_000)), place);
    expect(error.message.length).toBeLessThan(1_000);
    expect(error.message).toContain('The disk that holds /data is full.');
  });

  it('is left as it is when it says so already', () => {
    const known = new StartError('No port.');
    expect(explain(known, place)).toBe(known);
  });
});
