import { createReadStream, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDump } from '../../../functions/dump/read.ts';
import { scanDump } from '../../../functions/dump/scan.ts';
import { checkRestored } from '../../../functions/restored/check.ts';
import { Checks } from '../../../functions/restored/contract.ts';
import { enterScratch } from '../../../functions/scratch/scratch.ts';
import { useIsolated } from '../scratch/isolated.ts';
import { briefly, restore } from './dumps.ts';

const isolated = useIsolated();
const FOLDER = resolve(import.meta.dirname, '../../fixtures/dumps');
// What was loaded to make them is no dump, and LZ4 is a finding of the scan.
const FIXTURES = readdirSync(FOLDER).filter(
  (name) => /^(?!since).*-\d\d.*\.(sql|dump|gz|zst)$/.test(name) && !name.includes('lz4'),
);

describe('F71 a dump that pg_dump made', () => {
  it.each(FIXTURES)('%s restores without corruption, row by row as its scan counts them', async (name) => {
    const bytes = () => createReadStream(join(FOLDER, name));
    const scan = await scanDump(bytes());
    expect(scan.defect).toBeUndefined();
    const madeBy = [scan.serverVersion ?? '', scan.pgDumpVersion ?? ''];
    const restored = await restore(isolated, readDump(bytes()), { madeBy });
    expect(briefly(restored).filter((said) => !said.startsWith('harmless'))).toEqual([]);
    expect(restored).toMatchObject({ reached: 'end', counts: { corruption: 0 } });
    const run = isolated.run();
    const session = await enterScratch(run, restored.database, run.deadline);
    const checks = Checks.parse({ assertions: [{ name: 'there', query: 'SELECT 1', expect: 1 }] });
    const { findings, examined } = await checkRestored(session, {
      checks,
      source: name,
      from: 'dump',
      scanned: scan.tables,
      madeAt: Date.now(),
      deadline: run.deadline,
    });
    await session.close();
    expect(findings).toEqual([]);
    expect(examined).toBeGreaterThan(scan.tables.length);
    await isolated.admin.query(`DROP DATABASE "${restored.database}" WITH (FORCE)`);
  });
});
