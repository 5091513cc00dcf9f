/** Bundles one function into the files that a deploy uploads. The same files run on the local estate and under `invoke`. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');
const BUNDLES = join(ROOT, '.nightshift', 'bundles');

/** CommonJS packages inside an ES module still call require(), which Node does not define there. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

const bundled = new Map<string, string>();

/**
 * Bundles once in a process, however many deployments and systems share the function: a synth reads its sources once.
 *
 * @param name the folder below `functions/`
 * @returns the folder that holds `index.mjs` and its chunks, named by content: unchanged code gives the same folder, and two
 *   processes that bundle at once do not disturb each other
 * @throws Error from esbuild, naming file and line
 */
export function bundle(name: string): string {
  const folder = bundled.get(name) ?? build(name);
  bundled.set(name, folder);
  return folder;
}

function build(name: string): string {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: { index: `functions/${name}/handler.ts` },
    outdir: 'out',
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The ES module builds of the SDK's clients shake down to the operations in use; its CommonJS builds do not.
    mainFields: ['module', 'main'],
    alias: {
      'node:http': './lib/node-http.ts',
      bowser: './lib/nothing.ts',
      // For a login without a password, which none of ours is.
      pgpass: './lib/nothing.ts',
      '@smithy/core/event-streams': './lib/no-event-streams.ts',
      // Of `akamai-edgegrid`, only the signer is used: not its client, and not its log.
      axios: './lib/nothing.ts',
      pino: './lib/silent.cts',
    },
    minify: true,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    banner: { js: REQUIRE },
    legalComments: 'none',
    logLevel: 'silent',
  });
  const files = outputFiles.map((file) => ({ name: basename(file.path), contents: file.contents }));
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.name).update(file.contents);
  return settle(join(BUNDLES, `${name}-${hash.digest('hex').slice(0, 12)}`), files);
}

function settle(folder: string, files: { name: string; contents: Uint8Array }[]): string {
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const making = mkdtempSync(`${folder}-`);
  // mkdtemp makes it private; Lambda runs as another user than the one who uploads.
  chmodSync(making, 0o755);
  for (const file of files) writeFileSync(join(making, file.name), file.contents);
  try {
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
