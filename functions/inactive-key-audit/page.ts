/** Draws the detail of an audit: how long the keys have been idle, and what that means by the policy. */
import { type Html, html } from '../runtime/html.ts';
import { Detail } from './contract.ts';

const WIDTH = 640;
const HEIGHT = 120;

/** @throws ZodError when the detail is not what this runbook reports */
export function drawDetail(detail: unknown): Html {
  const audit = Detail.parse(detail);
  return html`
    <h3>How long the active keys have been idle, exempt ones left out</h3>
    ${histogram(audit)}
    ${planOf(audit)}
    <h3>What the review says of all ${audit.keys} keys</h3>
    <table class="narrow"><tbody>${Object.entries(audit.verdicts)
      .sort(([, a], [, b]) => b - a)
      .map(([verdict, keys]) => html`<tr><td>${verdict}</td><td class="number">${keys}</td></tr>`)}</tbody></table>
    <p class="quiet">Every key with its owner, times and verdict: <code>${audit.review}</code></p>`;
}

function histogram({ idle, policy }: Detail): Html {
  const most = Math.max(1, ...idle.map((step) => step.keys));
  const step = WIDTH / idle.length;
  const daysPerStep = (idle[1]?.fromDays ?? 1) - (idle[0]?.fromDays ?? 0);
  const at = (days: number) => (Math.min(days / daysPerStep, idle.length - 1) * step).toFixed(1);
  const bars = idle.map(({ fromDays, keys }, index) => {
    // A bar of a single key among millions must still be seen.
    const height = keys === 0 ? 0 : Math.max(2, (keys / most) * HEIGHT);
    const kind = fromDays >= policy.maxIdleDays ? 'idle' : fromDays >= policy.warnAtDays ? 'soon' : 'used';
    const last = index === idle.length - 1;
    return html`<rect class="${kind}" x="${(index * step + 2).toFixed(1)}" y="${(HEIGHT - height + 16).toFixed(1)}" width="${(step - 4).toFixed(1)}" height="${height.toFixed(1)}"><title>${keys} keys, ${fromDays}${last ? ' days and more' : ` to ${fromDays + daysPerStep} days`}</title></rect>
      ${keys === 0 ? html`` : html`<text class="count" x="${(index * step + step / 2).toFixed(1)}" y="${(HEIGHT - height + 12).toFixed(1)}">${keys}</text>`}
      <text class="axis" x="${(index * step + 2).toFixed(1)}" y="${HEIGHT + 32}">${fromDays}${last ? '+' : ''}</text>`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT + 54}" role="img" aria-label="Active keys by idle days">
    ${bars}
    ${limit(at(policy.warnAtDays), `warned at ${policy.warnAtDays}`)}
    ${limit(at(policy.maxIdleDays), `idle at ${policy.maxIdleDays}`)}
    <text class="axis" x="${WIDTH / 2}" y="${HEIGHT + 50}">days since the last use</text>
  </svg>`;
}

function limit(x: string, label: string): Html {
  return html`<line class="limit" x1="${x}" x2="${x}" y1="4" y2="${HEIGHT + 18}"><title>${label} days</title></line>`;
}

function planOf({ plan, policy }: Detail): Html {
  const { disable, warn, tooLarge } = plan;
  const sentence = `By the policy, ${disable} keys are due to be turned off and ${warn} owners to be warned; a warning comes ${policy.graceDays} days before.`;
  return html`<p>${sentence}</p>${tooLarge === undefined ? html`` : html`<p class="because">${tooLarge} In enforce mode nothing is done until a person has looked.</p>`}`;
}
