/** Reports as a few lines of plain text, for a terminal. */
import type { Report } from '../functions/runtime/report.ts';

const LINES_SHOWN = 20;

export function summarize(reports: Report[]): string {
  return reports.map(summaryOf).join('\n\n');
}

function summaryOf(report: Report): string {
  const { system, runbook, verdict, mode, examined, durationMs, because } = report;
  const head = `${system} ${runbook}: ${verdict} (${mode} mode, ${examined} examined in ${(durationMs / 1000).toFixed(1)} s)`;
  return [head, ...(because ? [`  ${because}`] : []), ...findingLines(report), ...outcomeLines(report)].join('\n');
}

function findingLines({ findings, cut }: Report): string[] {
  const width = Math.max(0, ...findings.map(({ target }) => target.length));
  const lines = findings
    .slice(0, LINES_SHOWN)
    .flatMap(({ severity, target, what, remedy }) => [
      `  ${severity.padEnd(8)}  ${target.padEnd(width)}  ${what}`,
      `  ${' '.repeat(8)}  ${' '.repeat(width)}  → ${remedy}`,
    ]);
  const total = cut?.find(({ list }) => list === 'findings')?.total ?? findings.length;
  return total > LINES_SHOWN ? [...lines, `  … and ${total - LINES_SHOWN} more`] : lines;
}

function outcomeLines({ outcomes }: Report): string[] {
  return outcomes
    .slice(0, LINES_SHOWN)
    .map(
      ({ status, action, target, why, error }) =>
        `  ${status}: ${action} ${target}, ${why}${error ? ` (${error})` : ''}`,
    );
}
