import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openSpool } from '../../../functions/runtime/spool.ts';

describe('a spool', () => {
  it('holds all that was written, and knows its length', async () => {
    const spool = await openSpool('rows.gz');
    const rows = Array.from({ length: 30_000 }, (_, n) => `row ${n} ${'ä'.repeat(n % 50)}\n`);
    for (const [index, row] of rows.entries()) {
      spool.write(row);
      if (index % 100 === 0) await spool.drained();
    }
    const { path, bytes } = await spool.finish();
    const content = readFileSync(path);
    expect(content.length).toBe(bytes);
    expect(gunzipSync(content).toString()).toBe(rows.join(''));
    await spool.discard();
    expect(existsSync(dirname(path))).toBe(false);
  });

  it('may be empty', async () => {
    const spool = await openSpool('none.gz');
    const { path } = await spool.finish();
    expect(gunzipSync(readFileSync(path)).toString()).toBe('');
    await spool.discard();
  });

  it('may be thrown away before it is finished, and then never passes for a whole one', async () => {
    const spool = await openSpool('half.gz');
    spool.write('x'.repeat(1_000_000));
    await spool.drained();
    await spool.discard();
    await expect(spool.finish()).rejects.toMatchObject({ name: 'EvidenceError' });
  });
});
