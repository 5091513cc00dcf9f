import { describe, expect, it } from 'vitest';
import { drawDetail } from '../../../functions/orphan-blob-gc/page.ts';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { call, useGround } from './ground.ts';

const ground = useGround();

describe('the page of a marking', () => {
  it('draws what could be reclaimed by age, kind and prefix, and names the largest', async () => {
    await ground.plant([
      { content: 'kept', objectHours: 100, rowHours: 100, references: 1 },
      { content: 'old', objectHours: 24 * 400, rowHours: 24 * 400 },
      { content: 'x'.repeat(2_500), objectHours: 24 * 20 },
    ]);
    const { text } = drawDetail((await call(ground)).detail);
    expect(text).toContain('row unreferenced: 1 objects, 3 B');
    expect(text).toContain('no row: 1 objects, 2.5 kB');
    expect(text.indexOf('no row: 1')).toBeLessThan(text.indexOf('row unreferenced: 1'));
    expect(text).toContain(`<td><code>${keyOf(hashOf('x'.repeat(2_500)))}</code></td><td>no row</td>`);
    expect(text.match(/By the first digits/g)).toHaveLength(1);
  });

  it('F09 does not draw what is no detail of this runbook', () => {
    expect(() => drawDetail({ rows: '<script>' })).toThrow(/rows/);
  });
});
