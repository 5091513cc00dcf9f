/** Draws the detail of a marking: what could be reclaimed, by age, kind and prefix, and the largest of it. */
import { type Html, html } from '../runtime/html.ts';
import type { Kind } from './detail.ts';
import { Detail } from './detail.ts';
import { formatBytes } from './words.ts';

const WIDTH = 640;
const HEIGHT = 120;
/** The colours that the page has for what is nearly due, and for what is well. */
const COLOURS: Record<Kind, string> = { 'no row': 'soon', 'row unreferenced': 'used' };

/** @throws ZodError when the detail is not what this runbook reports */
export function drawDetail(detail: unknown): Html {
  const marked = Detail.parse(detail);
  return html`
    <h3>Bytes that nothing references, by the age of their objects</h3>
    ${ages(marked)}
    ${sentence(marked)}
    ${prefixes(marked)}
    ${largest(marked)}
    <h3>What was said of ${marked.objects} objects and ${marked.rows} rows</h3>
    <table class="narrow"><tbody>${Object.entries(marked.verdicts)
      .sort(([, a], [, b]) => b.objects - a.objects)
      .map(([verdict, { objects, bytes }]) => row([verdict], [String(objects), formatBytes(bytes)]))}</tbody></table>
    <p class="quiet">Every candidate, since when it has been one: ${marked.manifests.map((key) => html`<code>${key}</code> `)}</p>`;
}

function ages({ ages: all }: Detail): Html {
  const steps = [...Map.groupBy(all, ({ fromDays }) => fromDays)];
  const most = Math.max(1, ...steps.map(([, kinds]) => sum(kinds)));
  const width = WIDTH / steps.length;
  const bars = steps.map(([fromDays, kinds], index) => {
    const next = steps[index + 1]?.[0];
    const label = next === undefined ? `${fromDays} days and more` : `${fromDays} to ${next} days`;
    return html`${stack(kinds, { x: index * width, width, most })}
      <text class="axis" x="${(index * width + 2).toFixed(1)}" y="${HEIGHT + 32}">${label}</text>`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT + 40}" role="img" aria-label="Reclaimable bytes by age and kind">${bars}</svg>
    <p class="quiet">Lower part: objects without a row. Upper part: objects whose row nothing references.</p>`;
}

/** One kind on the other; the sum above both. */
function stack(kinds: Detail['ages'], { x, width, most }: { x: number; width: number; most: number }): Html {
  let y = HEIGHT + 16;
  const parts = kinds.map(({ kind, objects, bytes }) => {
    // A few bytes among terabytes must still be seen.
    const height = objects === 0 ? 0 : Math.max(2, (bytes / most) * HEIGHT);
    y -= height;
    return html`<rect class="${COLOURS[kind]}" x="${(x + 2).toFixed(1)}" y="${y.toFixed(1)}" width="${(width - 4).toFixed(1)}" height="${height.toFixed(1)}"><title>${kind}: ${objects} objects, ${formatBytes(bytes)}</title></rect>`;
  });
  const total = sum(kinds);
  const said =
    total === 0
      ? html``
      : html`<text class="count" x="${(x + width / 2).toFixed(1)}" y="${(y - 4).toFixed(1)}">${formatBytes(total)}</text>`;
  return html`${parts}${said}`;
}

function sum(amounts: { bytes: number }[]): number {
  return amounts.reduce((total, { bytes }) => total + bytes, 0);
}

function sentence({ marking, due, policy, ages: all }: Detail): Html {
  const objects = all.reduce((total, age) => total + age.objects, 0);
  const waited = `${due.objects} of ${objects} candidates (${formatBytes(due.bytes)}) have waited for ${policy.graceDays} days.`;
  const part = marking.isComplete
    ? ''
    : ` ${marking.finished} of ${marking.shards} shards are marked; the rest follows.`;
  return html`<p>${waited}${part}</p>`;
}

/** A strip: the darker, the more of the candidates’ bytes. */
function prefixes({ prefixes: all }: Detail): Html {
  if (all.length < 2) return html``;
  const most = Math.max(1, ...all.map(({ bytes }) => bytes));
  const width = WIDTH / all.length;
  const cells = all.map(
    ({ prefix, objects, bytes }, index) =>
      html`${nameUnder({ prefix, x: index * width, width })}<rect class="soon" x="${(index * width).toFixed(1)}" y="0" width="${Math.max(1, width - 1).toFixed(1)}" height="18" opacity="${(0.1 + (0.9 * bytes) / most).toFixed(2)}"><title>${prefix}: ${objects} objects, ${formatBytes(bytes)}</title></rect>`,
  );
  return html`<h3>By the first digits of their hashes</h3>
    <svg viewBox="0 0 ${WIDTH} 34" role="img" aria-label="Reclaimable bytes by prefix">${cells}</svg>`;
}

/** Left out where it would run into the next. */
function nameUnder({ prefix, x, width }: { prefix: string; x: number; width: number }): Html {
  if (width < prefix.length * 8 + 4) return html``;
  return html`<text class="axis" x="${(x + 2).toFixed(1)}" y="30">${prefix}</text>`;
}

function largest({ largest: all }: Detail): Html {
  if (all.length === 0) return html``;
  const rows = all.map(({ key, bytes, kind, lastModified, markedAt }) =>
    row([html`<code>${key}</code>`, kind, dayOf(lastModified), dayOf(markedAt)], [formatBytes(bytes)]),
  );
  return html`<h3>The largest candidates</h3>
    <table><thead><tr><th>key</th><th>kind</th><th>uploaded</th><th>marked since</th><th class="number">bytes</th></tr></thead>
    <tbody>${rows}</tbody></table>`;
}

function dayOf(moment: string): Html {
  return html`<time>${moment.slice(0, 10)}</time>`;
}

function row(texts: (string | Html)[], numbers: string[]): Html {
  return html`<tr>${texts.map((text) => html`<td>${text}</td>`)}${numbers.map((number) => html`<td class="number">${number}</td>`)}</tr>`;
}
