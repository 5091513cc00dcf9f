import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, checkout, ROOT, synthesize } from './checkout.ts';

let elsewhere: Checkout;
let out: string;
beforeAll(() => {
  elsewhere = checkout('some where/else and deeper');
  out = mkdtempSync(join(tmpdir(), 'nightshift-bin-'));
});
afterAll(() => {
  elsewhere.remove();
  rmSync(out, { recursive: true });
});

const outdir = (name: string) => join(out, name);
const read = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8');
const assets = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.startsWith('asset.'))
    .toSorted();
const system = (name: string) => join(elsewhere.folder, 'systems', name);

describe('the app that npx cdk runs', { timeout: 120_000 }, () => {
  it('makes the same template and the same assets from any checkout path and working directory', () => {
    const here = synthesize({ folder: ROOT, outdir: outdir('here'), cwd: tmpdir() });
    const there = synthesize({ folder: elsewhere.folder, outdir: outdir('there') });
    expect([here, there]).toMatchObject([{ status: 0 }, { status: 0 }]);
    expect(read(outdir('there'), 'Alexander.template.json')).toBe(read(outdir('here'), 'Alexander.template.json'));
    expect(assets(outdir('there'))).toEqual(assets(outdir('here')));
    expect(assets(outdir('here'))).not.toEqual([]);
    // The rest is about one system, and each more costs seconds.
    for (const file of readdirSync(system(''))) if (file !== 'alexander.ts') rmSync(system(file));
  });

  it('leaves nothing to look up, and no path of this machine in what is deployed', () => {
    const manifest = JSON.parse(read(outdir('here'), 'manifest.json'));
    expect(manifest).not.toHaveProperty('missing');
    expect(read(outdir('here'), 'Alexander.template.json')).not.toContain(ROOT);
    for (const asset of assets(outdir('here'))) {
      for (const file of readdirSync(join(outdir('here'), asset)))
        expect(read(outdir('here'), join(asset, file))).not.toContain(ROOT);
    }
  });

  it('makes one stack for each file in systems/', () => {
    const second = read(elsewhere.folder, 'systems/alexander.ts').replace("name: 'Alexander'", "name: 'Berenice'");
    writeFileSync(system('berenice.ts'), second);
    expect(synthesize({ folder: elsewhere.folder, outdir: outdir('two') })).toMatchObject({ status: 0 });
    const templates = readdirSync(outdir('two')).filter((name) => name.endsWith('.template.json'));
    expect(templates.toSorted()).toEqual(['Alexander.template.json', 'Berenice.template.json']);
    rmSync(system('berenice.ts'));
  });

  it('F13 says what is wrong with a file, for the person who wrote it, and makes nothing', () => {
    writeFileSync(system('broken.ts'), "export default { name: 'Broken', acount: '111122223333' };\n");
    const { status, stderr } = synthesize({ folder: elsewhere.folder, outdir: outdir('broken') });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^systems\/broken\.ts: \d+ errors\n/);
    expect(stderr).toContain('acount');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(() => readdirSync(outdir('broken'))).toThrow('ENOENT');
    rmSync(system('broken.ts'));
  });

  it('F13 names both files where two systems have one name, without a stack trace', () => {
    const twin = read(elsewhere.folder, 'systems/alexander.ts');
    for (const name of ['Alexander', 'ALEXANDER']) {
      writeFileSync(system('twin.ts'), twin.replace("name: 'Alexander'", `name: '${name}'`));
      const { status, stderr } = synthesize({ folder: elsewhere.folder, outdir: outdir('twins') });
      expect(status).toBe(1);
      expect(stderr).toBe(
        `systems/alexander.ts (Alexander) and systems/twin.ts (${name}) have the same name: it is that of the stack, so each system needs one of its own.\n`,
      );
      expect(() => readdirSync(outdir('twins'))).toThrow('ENOENT');
    }
    rmSync(system('twin.ts'));
  });

  it('fails when a security check does', () => {
    const stack = join(elsewhere.folder, 'lib/shared.ts');
    const safe = readFileSync(stack, 'utf8');
    writeFileSync(stack, safe.replace('enforceSSL: true', 'enforceSSL: false'));
    const { status, stderr, stdout } = synthesize({ folder: elsewhere.folder, outdir: outdir('unsafe') });
    writeFileSync(stack, safe);
    expect(status).toBe(1);
    expect(stderr + stdout).toContain('AwsSolutions-SQS4');
  });
});
