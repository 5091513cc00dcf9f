import { describe, expect, it } from 'vitest';
import { drawDetail } from '../../../functions/restore-drill/page.ts';

const detail = {
  source: 'apex-db',
  from: 'rds:apex-db-1',
  copy: 'nightshift-drill-1',
  recoveryPoint: '2026-01-01T00:05:00.000Z',
  timeline: [{ at: '2026-01-01T02:00:10.000Z', what: 'copy <asked> for' }],
  rpo: { minutes: 115.2, target: 15 },
  rto: { target: 240 },
  tables: Array.from({ length: 31 }, (_, index) => ({ table: `public.t${index}`, rows: index, before: 7 })),
};

describe('the page of a drill', () => {
  it('shows what was promised beside what was measured, and the largest tables', () => {
    const { text } = drawDetail(detail);
    expect(text).toMatch(/RPO\).*115 min.*15 min/s);
    expect(text).toMatch(/RTO\).*–.*4\.0 h/s);
    expect(text).toContain('copy &#60;asked&#62; for');
    expect(text).toContain('public.t29');
    expect(text).not.toContain('public.t30');
    expect(text).toContain('The 30 largest of 31.');
  });

  it('is not drawn from what no drill has reported', () => {
    expect(() => drawDetail({ source: 'apex-db' })).toThrow();
  });
});
