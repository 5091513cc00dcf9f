/** A self-contained page of reports, for a person with a browser and nothing else. */
import { writeFileSync } from 'node:fs';
import * as backupVerification from '../functions/backup-verification/page.ts';
import * as certificateCheck from '../functions/certificate-check/page.ts';
import * as credentialRotation from '../functions/credential-rotation/page.ts';
import * as inactiveKeyAudit from '../functions/inactive-key-audit/page.ts';
import * as orphanBlobGc from '../functions/orphan-blob-gc/page.ts';
import * as restoreDrill from '../functions/restore-drill/page.ts';
import { type Html, html } from '../functions/runtime/html.ts';
import type { Finding, Outcome, Report } from '../functions/runtime/report.ts';
import { STYLE } from './page-style.ts';

/** By the runbook's own name; a deployment's name may go on after it. */
const DETAILS: Record<string, (detail: unknown) => Html> = {
  'backup-verification': backupVerification.drawDetail,
  'certificate-check': certificateCheck.drawDetail,
  'credential-rotation': credentialRotation.drawDetail,
  'inactive-key-audit': inactiveKeyAudit.drawDetail,
  'orphan-blob-gc': orphanBlobGc.drawDetail,
  'restore-drill': restoreDrill.drawDetail,
};

export function writePage(path: string, reports: Report[]): void {
  const systems = [...new Set(reports.map((report) => report.system))].join(', ');
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nightshift: ${systems}</title>
<style>${STYLE}</style>
<h1>Nightshift <small>${systems}</small></h1>
${overview(reports)}
${reports.map(section)}
</html>
`;
  writeFileSync(path, page.text);
}

function overview(reports: Report[]): Html {
  const rows = reports.map(
    (report) => html`<tr>
      <td><a href="#${report.runId}">${report.runbook}</a></td><td>${badge(report)}</td><td>${report.mode}</td>
      <td class="number">${report.examined}</td><td class="number">${countOf(report, 'critical')}</td>
      <td class="number">${countOf(report, 'warning')}</td><td class="number">${report.outcomes.filter((outcome) => outcome.status === 'done').length}</td>
      <td>${report.because ?? ''}</td></tr>`,
  );
  return html`<table><thead><tr><th>runbook</th><th>verdict</th><th>mode</th><th class="number">examined</th><th class="number">critical</th>
    <th class="number">warnings</th><th class="number">changed</th><th></th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** The exact count is a metric; the list of findings may have been cut. */
function countOf(report: Report, severity: 'critical' | 'warning'): number | string {
  return report.metrics[severity === 'critical' ? 'CriticalFindings' : 'WarningFindings']?.value ?? '–';
}

function badge({ verdict }: Report): Html {
  return html`<span class="badge ${verdict}">${verdict}</span>`;
}

function section(report: Report): Html {
  const draw = Object.entries(DETAILS).find(([name]) => report.runbook.startsWith(name))?.[1];
  return html`<section id="${report.runId}">
    <h2>${report.runbook} ${badge(report)}</h2>
    <p class="quiet">${report.mode} mode · ${report.trigger.kind} of ${report.trigger.at} · ${report.examined} examined in
      ${(report.durationMs / 1000).toFixed(1)} s · run ${report.runId}</p>
    ${report.because === undefined ? html`` : html`<p class="because">${report.because}</p>`}
    ${outcomesTable(report)}
    ${findingsTable(report)}
    ${report.detail !== undefined && draw ? draw(report.detail) : html``}
  </section>`;
}

function findingsTable({ findings, cut }: Report): Html {
  if (findings.length === 0) return html``;
  return html`<h3>Findings</h3>
    <table><thead><tr><th>severity</th><th>target</th><th>what</th><th>what to do</th></tr></thead>
    <tbody>${findings.map(findingRow)}</tbody></table>${cutNote(cut, 'findings')}`;
}

function findingRow({ severity, target, what, remedy }: Finding): Html {
  return html`<tr><td><span class="badge ${severity}">${severity}</span></td><td class="target"><code>${target}</code></td><td>${what}</td><td>${remedy}</td></tr>`;
}

function outcomesTable({ outcomes, cut }: Report): Html {
  if (outcomes.length === 0) return html``;
  return html`<h3>What was done</h3>
    <table><thead><tr><th>status</th><th>target</th><th>action</th><th>why</th></tr></thead>
    <tbody>${outcomes.map(outcomeRow)}</tbody></table>${cutNote(cut, 'outcomes')}`;
}

function outcomeRow({ status, target, action, why, error }: Outcome): Html {
  return html`<tr><td><span class="badge ${status}">${status}</span></td><td class="target"><code>${target}</code></td><td>${action}</td>
    <td>${why}${error === undefined ? '' : `: ${error}`}</td></tr>`;
}

function cutNote(cut: Report['cut'], list: 'findings' | 'outcomes'): Html {
  const note = cut?.find((entry) => entry.list === list);
  return note
    ? html`<p class="quiet">The worst 100 of ${note.total}; all of them: <code>${note.storedAt}</code></p>`
    : html``;
}
