import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Detail } from '../../../functions/backup-verification/detail.ts';
import { drawDetail } from '../../../functions/backup-verification/page.ts';
import type { Report } from '../../../functions/runtime/report.ts';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';
import { scratchDatabases } from './scratch.ts';

let estate: Estate;
let report: Report;

beforeAll(async () => {
  estate = await startEstate({ withBackups: true });
  report = await call(estate, { runbook: 'backup-verification' });
}, 60_000);
afterAll(() => estate?.stop());

type Expected = { severity: string; what: RegExp; remedy: RegExp };

/** What was planted, and what it must be called. */
const EXPECTED: Record<string, Expected> = {
  'database: recovery point': {
    severity: 'critical',
    what: /^the newest point that we could go back to is .* \(nightly\), 2\.0 hours ago; 60 minutes may be lost$/,
    remedy: /the other findings say which/,
  },
  'maintenance: file': { severity: 'critical', what: /^it is cut off: /, remedy: /Make a new backup now/ },
  'nightly: missing backups': { severity: 'warning', what: /./, remedy: /./ },
  'wal: gap at 000000010000000000000019': { severity: 'critical', what: /./, remedy: /./ },
  'wal: lifecycle': { severity: 'warning', what: /./, remedy: /./ },
};

describe('a night of backup verification', () => {
  it('F70 F77 finds every planted fault, each with what is wrong and what to do, and accuses nothing else', () => {
    expect(report.verdict).toBe('findings');
    expect(report.findings.map(({ target }) => target).toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
    for (const { target, severity, what, remedy } of report.findings) {
      const expected = EXPECTED[target];
      expect([target, severity, what, remedy]).toEqual([
        target,
        expected?.severity,
        expect.stringMatching(expected?.what ?? /^$/),
        expect.stringMatching(expected?.remedy ?? /^$/),
      ]);
    }
  });

  it('tells each source apart: what was verified, what is bad, what brings us back where', () => {
    const { sources, objectives } = Detail.parse(report.detail);
    const [nightly, maintenance] = ['nightly', 'maintenance'].map((name) =>
      sources.find(({ source }) => source === name),
    );
    expect(nightly?.tables).toEqual([
      { schema: 'public', table: 'access_keys', rows: 25 },
      { schema: 'public', table: 'users', rows: 13 },
    ]);
    expect(nightly?.backups.map(({ state }) => state)).toEqual([...Array(28).fill('unverified'), 'verified']);
    expect(nightly?.backups.at(-1)?.name).toBe(estate.backups?.dumpKey);
    expect(maintenance).toMatchObject({ backups: [{ state: 'bad' }], isUnseen: false });
    expect(maintenance).not.toHaveProperty('recoveryPoint');
    expect(sources.filter(({ isUnseen }) => isUnseen)).toEqual([]);
    expect(objectives).toEqual([expect.objectContaining({ protects: 'database', restoreMinutes: expect.any(Number) })]);
  });

  it('publishes the figures that a manager asks for', () => {
    expect(report.metrics).toMatchObject({
      RecoveryPointAge: { value: expect.any(Number), unit: 'Seconds' },
      RestoreDuration: { value: expect.any(Number), unit: 'Seconds' },
      RowsRestored: { value: 38, unit: 'Count' },
      CriticalFindings: { value: 3, unit: 'Count' },
      WarningFindings: { value: 2, unit: 'Count' },
    });
  });

  it('F74 leaves nothing on the isolated server', async () => {
    expect(await scratchDatabases(estate)).toEqual([]);
    expect(report.outcomes).toEqual([]);
  });

  it('is drawn: both figures against their targets, a month of each source, and the rows', () => {
    const page = drawDetail(report.detail).text;
    expect(page).toMatch(/aria-label="RPO now: .* of 60 minutes"/);
    expect(page).toMatch(/aria-label="RTO measured: .* of 4.0 hours"/);
    const days = (state: string) => page.split(`<rect class="${state}" x`).length - 1;
    // Twenty-eight dumps that nobody has looked into, and tonight’s.
    expect(days('soon')).toBeGreaterThanOrEqual(28);
    expect(page).toContain(estate.backups?.dumpKey);
    expect(page).toContain('<code>public.access_keys</code></td><td class="number">25</td><td class="number">–</td>');
    expect(page).not.toContain('not looked at');
  });

  it('is told once: the next night announces nothing, and compares its rows with this one’s', async () => {
    const before = estate.aws.published().length;
    expect(before).toBeGreaterThan(0);
    const next = await call(estate, { runbook: 'backup-verification' });
    expect(next.findings.map(({ target }) => target)).toEqual(report.findings.map(({ target }) => target));
    expect(estate.aws.published()).toHaveLength(before);
    const page = drawDetail(next.detail).text;
    expect(page).toContain('<code>public.access_keys</code></td><td class="number">25</td><td class="number">25</td>');
  });
});
