/** What a sweep says of itself: what it did, how much is left, and how long that takes at this pace. */
import type { Result } from '../runtime/invocation.ts';
import type { Outcome } from '../runtime/report.ts';
import type { Plan } from './due.ts';
import type { Ground } from './ground.ts';
import { formatBytes, formatDuration } from './words.ts';

/** `watched`: how many blobs of earlier sweeps were asked for. Without a plan, none was made, or no marking is complete yet. */
type Swept = {
  plan?: Plan;
  seconds?: number;
  watched: number;
  outcomes: Outcome[];
  ending?: NonNullable<Result['ending']>;
};

/**
 * Without findings, on purpose: a sweep does not look at everything, and a count of none would clear the alarm that a marking raised. What
 * is wrong in a sweep makes it fail. The watcher takes the count of what was quarantined, be it none, for a sweep: one in report mode has none to give.
 */
export function sweptOf({ run }: Pick<Ground, 'run'>, swept: Swept): Result {
  const { plan, seconds = 0, watched, outcomes, ending } = swept;
  const taken = outcomes.filter(({ action, status }) => action === 'quarantine' && status === 'done').length;
  const back = outcomes.filter(({ action, status }) => action === 'restore' && status === 'done').length;
  const planned = outcomes.filter(({ status }) => status === 'planned').length;
  const looked = outcomes.filter(({ action }) => action === 'quarantine').length;
  const left = (plan?.due ?? 0) - looked;
  const isActing = run.mode === 'enforce';
  const told = endingOf({ plan, left, seconds, looked, ending, isActing, planned });
  const metrics = {
    QuarantinedObjects: { value: taken, unit: 'Count' },
    RestoredObjects: { value: back, unit: 'Count' },
    DueObjects: { value: Math.max(0, left), unit: 'Count' },
  };
  return {
    examined: watched + looked,
    outcomes,
    ...(isActing && { metrics }),
    ...(told && { ending: told }),
    settled: told?.verdict !== 'failed',
  };
}

type Told = {
  plan: Plan | undefined;
  left: number;
  looked: number;
  seconds: number;
  ending: Swept['ending'] | undefined;
  isActing: boolean;
  /** What a sweep in report mode would have done. */
  planned: number;
};

/** Never clean: whatever it would have done, it was no sweep. */
function onlyLooked(planned: number): NonNullable<Swept['ending']> {
  return {
    verdict: 'skipped',
    because: `In report mode nothing is done; the outcomes say what would be, ${planned} in all.`,
  };
}

function endingOf({ plan, left, looked, seconds, ending, isActing, planned }: Told): Swept['ending'] {
  if (ending !== undefined && ending.verdict !== 'partial') return ending;
  if (!isActing) return ending ?? onlyLooked(planned);
  if (plan === undefined || left <= 0) return ending;
  const more = looked > 0 ? `, which takes about ${formatDuration((seconds / looked) * left)} at this pace` : '';
  const bytes = formatBytes((plan.bytes / plan.due) * left);
  const because = `${ending?.because ?? `This run took its batch of ${looked}.`} ${left} of ${plan.due} due blobs are left (about ${bytes})${more}.`;
  return { verdict: 'partial', because };
}
