/** What `npx cdk` runs. An error in a file of `systems/` is printed for the person who wrote it, without a stack trace. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SettingsError } from '../lib/checked.ts';
import { nightshiftApp } from '../lib/nightshift-app.ts';

const SYSTEMS = resolve(import.meta.dirname, '../systems');

async function readSystems(): Promise<Record<string, unknown>> {
  const files = readdirSync(SYSTEMS)
    .filter((file) => file.endsWith('.ts'))
    .toSorted();
  const modules = await Promise.all(files.map((file) => import(pathToFileURL(join(SYSTEMS, file)).href)));
  return Object.fromEntries(files.map((file, index) => [`systems/${file}`, modules[index]?.default]));
}

try {
  nightshiftApp(await readSystems()).synth();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
