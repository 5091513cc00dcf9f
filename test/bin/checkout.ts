/** Copies of this repository at other paths, for what must not depend on where it was checked out. */
import { spawnSync } from 'node:child_process';
import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
/** In the repository's own folder for made things: packages are copied by hard links, which need the same file system. */
const COPIES = join(ROOT, '.nightshift', 'checkouts');
/** Packages that no bundle holds, so that the path they are found at can show in no bundle either. */
const NOT_BUNDLED = new Set([
  'aws-cdk-lib',
  'constructs',
  'cdk-nag',
  'esbuild',
  '@esbuild',
  'aws-cdk',
  '@aws-cdk',
  'typescript',
]);

export type Checkout = { folder: string; remove(): void };

/** What `npx cdk` needs, below `name`; packages are hard links where a bundle may hold them, else a symbolic link. */
export function checkout(name: string): Checkout {
  mkdirSync(COPIES, { recursive: true });
  const made = mkdtempSync(join(COPIES, 'at-'));
  const folder = join(made, name);
  for (const part of ['bin', 'lib', 'functions', 'systems', 'cdk.json', 'package.json']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  mkdirSync(join(folder, 'node_modules'));
  for (const entry of readdirSync(join(ROOT, 'node_modules')).filter((entry) => !entry.startsWith('.'))) {
    const [from, to] = [join(ROOT, 'node_modules', entry), join(folder, 'node_modules', entry)];
    if (NOT_BUNDLED.has(entry)) symlinkSync(from, to);
    else linkTree(from, to);
  }
  return { folder, remove: () => rmSync(made, { recursive: true }) };
}

function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isFile()) linkSync(source, target);
  }
}

/** Runs the app as the CDK's CLI does, from the working directory `cwd`, into the folder `outdir`. */
export function synthesize({ folder, outdir, cwd = folder }: { folder: string; outdir: string; cwd?: string }) {
  const { context } = JSON.parse(readFileSync(join(folder, 'cdk.json'), 'utf8'));
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(folder, 'bin/nightshift.ts')], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
  return { status, stderr, stdout };
}
