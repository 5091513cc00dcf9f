/** Draws the detail of a drill: from the recovery point to the end of the checks, and what was promised. */
import { type Html, html } from '../runtime/html.ts';
import { Detail } from './contract.ts';

/** Tables that a page has room for. */
const SHOWN = 30;

/** @throws ZodError when the detail is not what this runbook reports */
export function drawDetail(detail: unknown): Html {
  const drill = Detail.parse(detail);
  return html`
    <h3>${drill.source}, restored from ${drill.from ?? 'nothing'}</h3>
    ${promises(drill)}
    ${timeline(drill)}
    ${tables(drill)}`;
}

function promises({ rpo, rto }: Detail): Html {
  const row = (what: string, { minutes, target }: { minutes?: number | undefined; target: number }) =>
    html`<tr><td>${what}</td><td class="number">${said(minutes)}</td><td class="number">${said(target)}</td></tr>`;
  return html`<table class="narrow"><thead><tr><th></th><th class="number">measured</th><th class="number">promised</th></tr></thead>
    <tbody>${row('would be lost (RPO)', rpo)}${row('getting it back (RTO)', rto)}</tbody></table>`;
}

const HOUR_MINUTES = 60;

function said(minutes: number | undefined): string {
  if (minutes === undefined) return '–';
  return minutes < 2 * HOUR_MINUTES ? `${minutes.toFixed(0)} min` : `${(minutes / HOUR_MINUTES).toFixed(1)} h`;
}

function timeline({ timeline: steps, copy }: Detail): Html {
  const rows = steps.map(
    ({ at, what }) => html`<tr><td>${at.slice(0, 19).replace('T', ' ')}</td><td>${what}</td></tr>`,
  );
  return html`<table class="narrow"><tbody>${rows}</tbody></table>
    ${copy === undefined ? html`` : html`<p class="quiet">The copy was <code>${copy}</code>.</p>`}`;
}

function tables({ tables: all }: Detail): Html {
  if (all.length === 0) return html``;
  const rows = all
    .slice(0, SHOWN)
    .map(
      ({ table, rows: now, before }) =>
        html`<tr><td><code>${table}</code></td><td class="number">${now}</td><td class="number">${before ?? '–'}</td></tr>`,
    );
  return html`<h3>Rows</h3><table class="narrow"><thead><tr><th>table</th><th class="number">restored</th>
    <th class="number">last verified</th></tr></thead><tbody>${rows}</tbody></table>
    ${all.length > SHOWN ? html`<p class="quiet">The ${SHOWN} largest of ${all.length}.</p>` : html``}`;
}
