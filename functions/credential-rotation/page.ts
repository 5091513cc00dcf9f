/** Draws the secrets of a run: how old each is beside how old it may become, and what of its old form is left. */
import { type Html, html } from '../runtime/html.ts';
import { Detail } from './detail.ts';

const WIDTH = 220;
const HEIGHT = 12;

type Row = Detail['secrets'][number];

/** @throws ZodError when the detail is not what this runbook reports */
export function drawDetail(detail: unknown): Html {
  const { secrets } = Detail.parse(detail);
  return html`
    <h3>Secrets by age</h3>
    <table><thead><tr><th>secret</th><th>what it is</th><th>age, and how old it may become</th><th>state</th><th>old credential</th><th>consumers</th></tr></thead>
    <tbody>${secrets.map(rowOf)}</tbody></table>`;
}

function rowOf(row: Row): Html {
  return html`<tr><td class="target"><code>${row.name}</code></td><td>${row.credential ?? 'not read'}</td><td>${ageBar(row)}</td>
    <td>${row.state}</td><td>${oldOf(row)}</td><td>${consumersOf(row)}</td></tr>`;
}

/** The whole width is twice what is allowed, so that what is overdue can be seen to be so. */
function ageBar({ ageDays, maxAgeDays }: Row): Html {
  if (ageDays === undefined || maxAgeDays === undefined) return html`unknown`;
  const scale = WIDTH / 2 / maxAgeDays;
  const width = Math.min(WIDTH, Math.max(1, ageDays * scale));
  const colour = ageDays > maxAgeDays ? 'idle' : ageDays > maxAgeDays * 0.8 ? 'soon' : 'used';
  const title = `${ageDays.toFixed(1)} of ${maxAgeDays} days`;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}" style="max-width:${WIDTH}px"><title>${title}</title>
    <rect class="${colour}" x="0" y="2" width="${width.toFixed(1)}" height="${HEIGHT - 4}"/>
    <line class="limit" x1="${WIDTH / 2}" x2="${WIDTH / 2}" y1="0" y2="${HEIGHT}"/></svg> ${title}`;
}

function oldOf({ oldRevoked, usesOfOld }: Row): string {
  if (oldRevoked === undefined) return '–';
  if (oldRevoked) return 'revoked, and turned away when it was tried';
  return usesOfOld ? `not revoked yet; ${usesOfOld} still use it` : 'not revoked yet';
}

function consumersOf({ consumers }: Row): string {
  return (
    consumers.map(({ name, usesCurrent }) => `${name}: ${usesCurrent ? 'uses it' : 'has not said so'}`).join(', ') ||
    '–'
  );
}
