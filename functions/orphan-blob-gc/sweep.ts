/** restore → plan → caps → halt → quarantine, wave by wave: the acting half. */
import { overCaps } from '../runtime/caps.ts';
import { describe, RefusalError } from '../runtime/errors.ts';
import type { Result } from '../runtime/invocation.ts';
import type { Outcome } from '../runtime/report.ts';
import { objectionToReferences } from './decide.ts';
import { decideLifecycle, erasedAfterDays } from './decide-lifecycle.ts';
import { WAVE_MS, waveSize } from './decide-wave.ts';
import { mustBeDeclared } from './declared.ts';
import { type Plan, planDue, readPlan } from './due.ts';
import { type Ground, onGround } from './ground.ts';
import type { Run } from './mark.ts';
import { restore } from './restore.ts';
import { countReferences } from './rows.ts';
import { settle } from './settle.ts';
import { sweptOf } from './swept.ts';
import { mustKnowTriggers } from './triggers.ts';
import { takeWave } from './wave.ts';

type Ending = NonNullable<Result['ending']>;

/** @throws RefusalError, EvidenceError before anything is taken; what was brought back by then stays so */
export function sweep(run: Run): Promise<Result> {
  return onGround(run, async (ground) => {
    const restored = await bringBackFirst(ground);
    const failed = restored.outcomes.find(({ status }) => status === 'failed');
    if (failed) return sweptOf(ground, { ...restored, ending: notBack(failed) });
    const undeclared = await undeclaredIn(ground);
    if (undeclared) return sweptOf(ground, { ...restored, ending: undeclared });
    const plan = await planDue(ground);
    if (plan === undefined) return sweptOf(ground, restored);
    const begunMs = performance.now();
    const { outcomes, ending } = await carryOut(ground, plan);
    const seconds = (performance.now() - begunMs) / 1000;
    const all = { ...restored, outcomes: [...restored.outcomes, ...outcomes] };
    return sweptOf(ground, { plan, seconds, ...all, ...(ending && { ending }) });
  });
}

/** What a run before this one left open is settled first: it tells what is in quarantine. */
async function bringBackFirst(ground: Ground) {
  const settled = ground.run.mode === 'enforce' ? await settle(ground) : [];
  const { watched, outcomes } = await restore(ground);
  return { watched, outcomes: [...settled, ...outcomes] };
}

/** Only now: bringing back needs to know of no other references than it does (F55), and is the way back whatever triggers do. */
async function undeclaredIn({ run, reader: session, store, pace }: Ground): Promise<Ending | undefined> {
  try {
    await mustBeDeclared({ session, objects: store.objects, pace }, run.settings);
    await mustKnowTriggers(session, run.settings);
    return undefined;
  } catch (error) {
    if (error instanceof RefusalError) return { verdict: 'refused', because: error.message };
    throw error;
  }
}

function notBack({ target, error }: Outcome): Ending {
  const because = `${target} was to be brought back and could not: ${error}. Nothing more is taken until it is.`;
  return { verdict: 'failed', because };
}

type Carried = { outcomes: Outcome[]; ending?: Ending };

async function carryOut(ground: Ground, plan: Plan): Promise<Carried> {
  const { run, store } = ground;
  const refused = await objectionTo(ground, plan);
  if (refused !== undefined) return { outcomes: [], ending: { verdict: 'refused', because: refused } };
  if (plan.planned === 0) return { outcomes: [] };
  const { marking, due, planned, key } = plan;
  await run.storePlan([{ marking: marking.id, due, planned, manifest: key }]);
  if (run.mode === 'enforce') {
    const stopped = await run.halt();
    if (!stopped.go) return { outcomes: [], ending: haltedBy(stopped, false) };
    await store.quarantine.probe();
    await run.acting();
  }
  return takeWaves(ground, plan);
}

/** Judged over the whole of what is due, before anything of it is touched (F11, F54, F60). */
async function objectionTo(
  { run, session, store, mapped }: Ground,
  { marking, due, of }: Plan,
): Promise<string | undefined> {
  const { settings } = run;
  const tooMany = overCaps(settings.policy.caps, { planned: due, of });
  if (tooMany !== undefined) return tooMany.replaceAll('caps.', 'policy.caps.');
  const counted = await countReferences(session, settings, mapped.bytes);
  const { maxReferenceDropPercent: maxDropPercent } = settings.policy;
  const fewer = objectionToReferences({ counted, before: marking.references, maxDropPercent });
  if (fewer !== undefined) return `${fewer} Mark again, and see why.`;
  if (!settings.lifecycleRule) return undefined;
  const bucket = { isVersioned: await store.objects.isVersioned(), rules: await store.objects.lifecycleRules() };
  const wrong = decideLifecycle(bucket, settings).find(({ severity }) => severity === 'critical');
  return wrong && `${wrong.what}. ${wrong.remedy}`;
}

async function takeWaves(ground: Ground, plan: Plan): Promise<Carried> {
  const { run } = ground;
  const outcomes: Outcome[] = [];
  const isActing = run.mode === 'enforce';
  const asked = { marking: plan.marking.id, erasedAfterDays: await spaceComesBackAfter(ground) };
  let secondsPerBlob = ground.store.quarantine.requestsPerBlob / run.settings.policy.requestsPerSecond;
  const sizeOfNext = () => waveSize({ workMs: run.deadline.workMs(), secondsPerBlob });
  for await (const candidates of readPlan(run.store, plan, sizeOfNext)) {
    const stopped = isActing && outcomes.length > 0 ? await run.halt() : ({ go: true } as const);
    if (!stopped.go) return { outcomes, ending: haltedBy(stopped, true) };
    if (run.deadline.workMs() < WAVE_MS) return { outcomes, ending: outOfTime };
    const begunMs = performance.now();
    try {
      outcomes.push(...(await takeWave(ground, { ...asked, candidates })));
      secondsPerBlob = Math.max(secondsPerBlob, (performance.now() - begunMs) / 1000 / candidates.length);
    } catch (error) {
      return { outcomes: [...outcomes, ...(await settledNow(run))], ending: brokenBy(error) };
    }
    const failed = outcomes.find(({ status }) => status === 'failed');
    if (failed) return { outcomes, ending: notBack(failed) };
  }
  return { outcomes };
}

async function spaceComesBackAfter({ run: { settings }, store }: Ground): Promise<number | undefined> {
  return settings.lifecycleRule ? erasedAfterDays(await store.objects.lifecycleRules(), settings) : undefined;
}

/** Replaced by words of what is left, and for how long. */
const outOfTime: Ending = { verdict: 'partial', because: 'Time ran out.' };

/** At once, on new connections, so that nothing that is referenced stays hidden until tomorrow. If that fails, too, the next run does it. */
async function settledNow(run: Run): Promise<Outcome[]> {
  return onGround(run, settle).catch(() => []);
}

function brokenBy(error: unknown): Ending {
  const because = `${describe(error)} What it had begun is settled by looking, at the latest by the next sweep.`;
  return { verdict: 'failed', because };
}

type Stopped = Extract<Awaited<ReturnType<Run['halt']>>, { go: false }>;

/** Halted on purpose is no fault; a brake that cannot be read is one. Once something was done, either is a part of the whole. */
function haltedBy({ kind, because }: Stopped, hasActed: boolean): Ending {
  if (hasActed) return { verdict: 'partial', because };
  return { verdict: kind === 'halted' ? 'skipped' : 'refused', because };
}
