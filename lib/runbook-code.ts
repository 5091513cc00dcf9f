/** What is uploaded for one runbook: its bundle, and beside it the settings of this one deployment. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { bundle } from './bundle.ts';

const STAGE = resolve(import.meta.dirname, '../.nightshift/code');

/**
 * @returns a folder with the bundle of `functions/<name>/handler.ts` and its `settings.json`. Named by content: two
 *   systems never share one by accident, and a folder that is there is complete.
 */
export function runbookCode(name: string, settings: unknown): string {
  // The bundle's own folder is already named by content.
  const bundled = bundle(name);
  const settingsJson = `${JSON.stringify(settings, null, 2)}\n`;
  const hash = createHash('sha256').update(basename(bundled)).update(settingsJson).digest('hex').slice(0, 16);
  const folder = join(STAGE, `${name.replaceAll('/', '-')}-${hash}`);
  if (!existsSync(folder)) stage({ bundled, settingsJson, folder });
  return folder;
}

/** Renamed into place when it is complete, so that a second synth at the same time never sees half of it. */
function stage({ bundled, settingsJson, folder }: { bundled: string; settingsJson: string; folder: string }): void {
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(STAGE, { recursive: true });
  cpSync(bundled, unfinished, { recursive: true });
  writeFileSync(join(unfinished, 'settings.json'), settingsJson);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
