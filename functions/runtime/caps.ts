/** How much one run may change, judged over the whole plan before the first action. */
import type { Caps } from './contract.ts';

/** Below this many targets a percentage says little: 5 % of 19 is less than one. */
const PERCENT_FROM_TARGETS = 20;

/**
 * @param planned how many targets the plan would change
 * @param of how many targets there are in all
 * @returns why the plan is too large, or undefined where it is not
 */
export function overCaps(caps: Caps, { planned, of }: { planned: number; of: number }): string | undefined {
  if (planned > caps.maxTargets)
    return `The plan would change ${planned} targets; caps.maxTargets allows ${caps.maxTargets}.`;
  const percent = (planned / of) * 100;
  if (of >= PERCENT_FROM_TARGETS && percent > caps.maxPercent) {
    return `The plan would change ${percent.toFixed(1)} % of ${of} targets; caps.maxPercent allows ${caps.maxPercent} %.`;
  }
  return undefined;
}
