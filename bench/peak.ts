/** The highest resident memory of this process so far, in megabytes. */
import { readFileSync } from 'node:fs';

/**
 * Linux counts what a process had before exec into ru_maxrss, and a child begins as a copy of its parent: a child of this bench
 * would be blamed for the bench. VmHWM is the program's own.
 */
export function peakMb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
