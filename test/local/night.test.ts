import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startEstate } from '../../local/estate.ts';
import { NIGHT, runOnce } from '../../local/night.ts';

it('a whole night of bundles ends with every runbook having looked, the watcher content', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  const estate = await startEstate({ withListeners: true, withBackups: true, withBlobs: true });
  try {
    const verdicts: Record<string, string> = {};
    for (const runbook of NIGHT) verdicts[runbook] = (await runOnce(estate, runbook, folder)).verdict;
    const { watch, ...others } = verdicts;
    expect(new Set(Object.values(others))).toEqual(new Set(['findings']));
    expect(watch).toBe('clean');
  } finally {
    await estate.stop();
    rmSync(folder, { recursive: true });
  }
});
