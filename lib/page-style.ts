/** How a page of reports looks, in light and in dark rooms. */
import { html } from '../functions/runtime/html.ts';

export const STYLE = html`
:root { color-scheme: light dark; --line: light-dark(#d8dce3, #3a4150); --quiet: light-dark(#5b6472, #9aa4b5);
  --bad: light-dark(#b3261e, #ff8a80); --warn: light-dark(#8a5a00, #f2c14e); --good: light-dark(#1b6e3c, #7bd99b); --note: light-dark(#2856a3, #8ab4f8); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1.25rem; background: light-dark(#fff, #14171d); color: light-dark(#1c2026, #e6e9ef); }
h1 small { font-weight: 400; color: var(--quiet); } h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; } table.narrow { width: auto; min-width: 18rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--quiet); font-size: .85em; } .number { text-align: right; font-variant-numeric: tabular-nums; }
td.target { min-width: 13rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; } .quiet { color: var(--quiet); font-size: .9em; }
.because { border-left: 3px solid var(--warn); padding: .25rem .75rem; }
.badge { font-size: .8em; font-weight: 600; padding: .1em .6em; border: 1px solid currentColor; border-radius: 1em; white-space: nowrap; }
h2 .badge { font-size: .55em; vertical-align: middle; }
.critical, .failed, .refused { color: var(--bad); } .warning, .findings, .partial, .skipped { color: var(--warn); }
.clean, .done { color: var(--good); } .info, .acted, .planned { color: var(--note); }
time { white-space: nowrap; } svg { display: block; width: 100%; max-width: 44rem; } rect.used { fill: var(--good); } rect.soon { fill: var(--warn); } rect.idle { fill: var(--bad); }
line.limit { stroke: var(--quiet); stroke-dasharray: 3 3; } text { fill: currentColor; font-size: 10px; } text.count, text.axis { fill: var(--quiet); } text.count { text-anchor: middle; }
`;
