/** Draws the detail of a certificate check: a line of time for each certificate, those that end first at the top. */
import { type Html, html } from '../runtime/html.ts';
import { Detail, type Row } from './contract.ts';

const DRAWN = 40;
const WIDTH = 704;
const NAMES_WIDTH = 210;
/** What is over lies left of today. */
const PAST_WIDTH = 36;
const ROW_HEIGHT = 18;
const TOP = 26;
/** Whatever lasts longer reaches the edge. */
const LAST_DAY = 400;
const DAY_MS = 86_400_000;

/** @throws ZodError when the detail is not what this runbook reports */
export function drawDetail(detail: unknown): Html {
  const check = Detail.parse(detail);
  const { certificates, endpoints, addresses, all } = check;
  return html`
    <h3>When certificates end</h3>
    ${certificates.length === 0 ? html`<p>None was seen.</p>` : timeline(check)}
    <p class="quiet">${all.certificates} certificates, at ${addresses} addresses of ${endpoints} endpoints and in ACM${certificates.length > DRAWN ? `; drawn are the ${DRAWN} that end first` : ''}.
      Each with its names, issuer and places: <code>${all.storedAt}</code></p>
    ${instancesTable(check)}
    ${blindSpots(check)}`;
}

function timeline({ certificates, ladderDays, now }: Detail): Html {
  const rows = certificates.slice(0, DRAWN);
  const bottom = TOP + rows.length * ROW_HEIGHT;
  return html`<svg viewBox="0 0 ${WIDTH} ${bottom + 20}" role="img" aria-label="Certificates by the day on which they end">
    ${ladderDays.map((days) => tick(days, bottom))}
    ${tick(0, bottom, 'today')}${tick(90, bottom)}${tick(LAST_DAY, bottom)}
    ${rows.map((row, index) => certificateRow(row, { y: TOP + index * ROW_HEIGHT, now: Date.parse(now) }))}
    <text class="axis" x="${NAMES_WIDTH + PAST_WIDTH}" y="${bottom + 16}">days from now, those that are near drawn wider; dashed: the ladder</text>
  </svg>`;
}

function tick(days: number, bottom: number, label = String(days)): Html {
  const x = xOf(days);
  return html`<line class="limit" x1="${x}" x2="${x}" y1="14" y2="${bottom}"><title>${label}</title></line>
    <text class="count" x="${x}" y="10">${label}</text>`;
}

/** The colours that the page has for what is well, nearly and not. */
const COLOURS = { critical: 'idle', warning: 'soon', info: 'used' } as const;

function certificateRow(row: Row, { y, now }: { y: number; now: number }): Html {
  const { names, daysLeft, severity = 'info', places, acm } = row;
  const own = (Date.parse(row.notAfter) - now) / DAY_MS;
  const zero = Number(xOf(0));
  const end = Number(xOf(daysLeft));
  const height = ROW_HEIGHT - 6;
  const known = [places > 0 ? `served at ${places} places` : 'not served', ...(acm.length > 0 ? ['in ACM'] : [])];
  // Where the chain ends before the certificate, what will be of no use is drawn pale.
  const rest = Number(xOf(own)) - end;
  return html`<g><title>${names.join(', ')}
${known.join(', ')}; ends ${row.notAfter}${row.chainNotAfter === undefined ? '' : `, its chain ${row.chainNotAfter}`}
${row.issuer}</title>
    <text x="0" y="${y + height - 2}">${shortened(names[0] ?? '')}</text>
    <rect class="${COLOURS[severity]}" x="${Math.min(zero, end).toFixed(1)}" y="${y}" width="${Math.max(2, Math.abs(end - zero)).toFixed(1)}" height="${height}"></rect>
    ${rest > 1 ? html`<rect class="${COLOURS[severity]}" opacity="0.25" x="${end.toFixed(1)}" y="${y}" width="${rest.toFixed(1)}" height="${height}"></rect>` : html``}
    <text x="${(Math.max(zero, end) + 4).toFixed(1)}" y="${y + height - 2}">${end > WIDTH - 60 ? '' : daysLeft}</text></g>`;
}

/** By the square root, so that a week is to be seen beside a year. */
function xOf(days: number): string {
  const zero = NAMES_WIDTH + PAST_WIDTH;
  if (days < 0) return (zero - Math.min(PAST_WIDTH, 6 - days)).toFixed(1);
  return (zero + Math.sqrt(Math.min(days, LAST_DAY) / LAST_DAY) * (WIDTH - zero - 14)).toFixed(1);
}

const NAME_CHARACTERS = 38;

function shortened(name: string): string {
  return name.length <= NAME_CHARACTERS ? name : `${name.slice(0, NAME_CHARACTERS - 1)}…`;
}

function instancesTable({ instances }: Detail): Html {
  if (instances.length === 0) return html``;
  const day = (time: string | undefined) => time?.slice(0, 10) ?? '–';
  const rows = instances.map(
    ({ id, region, ca, caUntil, serverUntil }) =>
      html`<tr><td>${id}</td><td>${region}</td><td>${ca}</td><td>${day(caUntil)}</td><td>${day(serverUntil)}</td></tr>`,
  );
  return html`<h3>Databases in RDS</h3><table class="narrow"><thead><tr><th>instance</th><th>region</th><th>CA</th><th>CA until</th>
    <th>its own until</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function blindSpots({ notLookedAt: { total, shown } }: Detail): Html {
  if (total === 0) return html``;
  return html`<h3>Not looked at: ${total} addresses</h3>
    <p>${shown.join(', ')}${total > shown.length ? ' …' : ''}</p>`;
}
