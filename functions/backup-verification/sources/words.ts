/** How times, sizes and counts are told to a person. Pure. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** `2026-11-20 02:10 UTC`. */
export function timeSaid(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function daySaid(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function sizeSaid(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return step === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** step).toFixed(1)} ${UNITS[step]}`;
}

export function ageSaid(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.round(ms / 1000)} seconds`;
  if (ms < 2 * HOUR_MS) return `${Math.round(ms / MINUTE_MS)} minutes`;
  return ms < 2 * DAY_MS ? `${(ms / HOUR_MS).toFixed(1)} hours` : `${(ms / DAY_MS).toFixed(1)} days`;
}

/** The first few of a list, and how many more there are. */
export function fewOf(all: readonly string[], total = all.length, most = 5): string {
  const shown = all.slice(0, most);
  return total > shown.length ? `${shown.join(', ')} and ${total - shown.length} more` : shown.join(', ');
}
