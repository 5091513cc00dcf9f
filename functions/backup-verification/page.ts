/** Draws the detail of a backup verification: what could be lost and how long getting it back takes, and a month of backups. */
import { type Html, html } from '../runtime/html.ts';
import { Detail } from './detail.ts';
import { ageSaid, DAY_MS, MINUTE_MS, sizeSaid, timeSaid } from './sources/words.ts';

/** @throws ZodError when the detail is not what this runbook reports */
export function drawDetail(detail: unknown): Html {
  const verification = Detail.parse(detail);
  return html`
    ${verification.objectives.map(objective)}
    <h3>The last 30 days</h3>
    ${calendar(verification)}
    ${sourcesTable(verification)}
    ${verification.sources.map(tablesOf)}`;
}

type Objective = Detail['objectives'][number];

function objective({ protects, rpoMinutes, rtoMinutes, point, from, ageMinutes, restoreMinutes }: Objective): Html {
  const back = point === undefined ? 'no point is known' : `${timeSaid(Date.parse(point))}, from ${from}`;
  return html`<h3>${protects}: what would be lost now, and how long getting it back takes</h3>
    <p class="quiet">The newest point that we could go back to: ${back}.</p>
    ${bar('RPO now', ageMinutes, rpoMinutes)}
    ${rtoMinutes === undefined && restoreMinutes === undefined ? html`` : bar('RTO measured', restoreMinutes, rtoMinutes)}`;
}

const WIDTH = 704;
const LABEL_WIDTH = 110;
const VALUE_WIDTH = 190;
/** A minute is drawn as nothing, and a month to the edge. */
const LONGEST_MINUTES = 30 * 24 * 60;

/** By the logarithm, so that a quarter of an hour is to be seen beside a week. */
function bar(label: string, minutes: number | undefined, target: number | undefined): Html {
  const at = (value: number) => {
    const share = Math.log(Math.max(1, Math.min(value, LONGEST_MINUTES))) / Math.log(LONGEST_MINUTES);
    return LABEL_WIDTH + share * (WIDTH - LABEL_WIDTH - VALUE_WIDTH);
  };
  const isKept = minutes !== undefined && (target === undefined || minutes <= target);
  const said = minutes === undefined ? 'not known' : ageSaid(minutes * MINUTE_MS);
  const end = minutes === undefined ? LABEL_WIDTH : at(minutes);
  const allowed = target === undefined ? '' : ` of ${ageSaid(target * MINUTE_MS)}`;
  return html`<svg viewBox="0 0 ${WIDTH} 22" role="img" aria-label="${label}: ${said}${allowed}">
    <text x="0" y="14">${label}</text>
    <rect class="${isKept ? 'used' : 'idle'}" x="${LABEL_WIDTH}" y="4" height="13" width="${Math.max(2, end - LABEL_WIDTH).toFixed(1)}"></rect>
    ${target === undefined ? html`` : html`<line class="limit" x1="${at(target).toFixed(1)}" x2="${at(target).toFixed(1)}" y1="0" y2="22"></line>`}
    <text x="${WIDTH - VALUE_WIDTH + 8}" y="14">${said}${allowed}</text></svg>`;
}

const DAYS = 30;
const NAMES_WIDTH = 160;
const DAY_WIDTH = (WIDTH - NAMES_WIDTH) / DAYS;
const ROW_HEIGHT = 22;
const TOP = 16;
/** The colours that the page has for what is well, nearly and not. */
const COLOURS = { verified: 'used', unverified: 'soon', bad: 'idle' } as const;

function calendar({ sources, now }: Detail): Html {
  const drawn = sources.filter(({ isUnseen }) => !isUnseen);
  const today = Math.floor(Date.parse(now) / DAY_MS);
  const height = TOP + drawn.length * ROW_HEIGHT + 18;
  const ticks = [29, 21, 14, 7, 0].map(
    (ago) =>
      html`<text class="count" x="${(dayX(ago) + DAY_WIDTH / 2).toFixed(1)}" y="10">${ago === 0 ? 'now' : `−${ago}`}</text>`,
  );
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Backups of each source by day">
    ${ticks}
    ${drawn.map((source, index) => calendarRow(source, { y: TOP + index * ROW_HEIGHT, today }))}
    <text class="axis" x="${NAMES_WIDTH}" y="${height - 4}">days ago; green: verified, yellow: there, red: not in order, empty: none was made</text>
  </svg>`;
}

function dayX(daysAgo: number): number {
  return NAMES_WIDTH + (DAYS - 1 - daysAgo) * DAY_WIDTH;
}

type Source = Detail['sources'][number];

function calendarRow({ source, backups }: Source, { y, today }: { y: number; today: number }): Html {
  const byDay = Map.groupBy(backups, ({ at }) => today - Math.floor(Date.parse(at) / DAY_MS));
  const days = Array.from({ length: DAYS }, (_, ago) => dayCell(byDay.get(ago) ?? [], { x: dayX(ago), y }));
  return html`<text x="0" y="${y + 13}">${source}</text>${days}`;
}

function dayCell(backups: Source['backups'], { x, y }: { x: number; y: number }): Html {
  const place = html`x="${(x + 1).toFixed(1)}" y="${y}" width="${(DAY_WIDTH - 2).toFixed(1)}" height="${ROW_HEIGHT - 5}"`;
  const last = backups.at(-1);
  if (last === undefined) return html`<rect ${place} fill="none" stroke="currentColor" opacity="0.25"></rect>`;
  const state = (['verified', 'bad', 'unverified'] as const).find((one) =>
    backups.some((backup) => backup.state === one),
  );
  const more = backups.length > 1 ? `, and ${backups.length - 1} more that day` : '';
  return html`<rect class="${COLOURS[state ?? 'unverified']}" ${place}><title>${last.name}
${timeSaid(Date.parse(last.at))}, ${sizeSaid(last.bytes)}${more}</title></rect>`;
}

function sourcesTable({ sources }: Detail): Html {
  const rows = sources.map(
    ({ source, kind, protects, said, isUnseen, recoveryPoint }) =>
      html`<tr><td>${source}</td><td>${kind}</td><td>${protects}</td>
      <td>${recoveryPoint === undefined ? '–' : timeSaid(Date.parse(recoveryPoint))}</td>
      <td>${isUnseen ? html`<span class="badge critical">not looked at</span> ` : ''}${said}</td></tr>`,
  );
  return html`<table><thead><tr><th>source</th><th>kind</th><th>protects</th><th>brings back</th><th></th></tr></thead><tbody>${rows}</tbody></table>`;
}

const TABLES_DRAWN = 20;

function tablesOf({ source, tables, restoreMs }: Source): Html {
  if (tables.length === 0) return html``;
  const rows = tables
    .slice(0, TABLES_DRAWN)
    .map(
      ({ schema, table, rows: count, before }) =>
        html`<tr><td><code>${schema}.${table}</code></td><td class="number">${count}</td><td class="number">${before ?? '–'}</td></tr>`,
    );
  const more =
    tables.length > TABLES_DRAWN ? html`<p class="quiet">… and ${tables.length - TABLES_DRAWN} more.</p>` : html``;
  const how = restoreMs === undefined ? 'as the dump holds them' : `restored in ${(restoreMs / 1000).toFixed(1)} s`;
  return html`<h3>${source}: rows, ${how}</h3>
    <table class="narrow"><thead><tr><th>table</th><th class="number">rows</th><th class="number">last verified</th></tr></thead><tbody>${rows}</tbody></table>${more}`;
}
