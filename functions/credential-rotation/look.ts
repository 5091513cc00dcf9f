/** read → decide → apply on an ordinary night, or by hand: which secrets are overdue, stuck, or still used in their old form. */
import { carryOut, notBegun } from '../runtime/carry-out.ts';
import { describe } from '../runtime/errors.ts';
import { findAll } from '../runtime/findings.ts';
import type { Invocation, Result } from '../runtime/invocation.ts';
import type { Finding, Outcome } from '../runtime/report.ts';
import type { Input } from './contract.ts';
import { ackTag, ageOf, judgeSecret, nameOf, notLookedAt, type Policy } from './decide-secret.ts';
import type { Detail } from './detail.ts';
import type { Kind, KindSettings, Subject } from './kind.ts';
import { type Item, mend, outcomeOf } from './mend.ts';
import { type Read, readSecret } from './read-secret.ts';
import { openSecrets } from './secrets.ts';

type AnyKind = Kind<KindSettings, Subject['entry']>;
type Looked = { findings: Finding[]; due: Item[]; rehearsal: Outcome[]; row: Detail['secrets'][number] };

export function runOf<Settings extends KindSettings>(kind: Kind<Settings, Settings['secrets'][number]>) {
  return (run: Invocation<Settings, Input>) => look(run, kind as AnyKind);
}

/** What begins with less than this may not end. */
const LOOK_MS = 20_000;

async function look(run: Invocation<KindSettings, Input>, kind: AnyKind): Promise<Result> {
  const policy = policyOf(run);
  const looked: Looked[] = [];
  for (const entry of run.settings.secrets) {
    if (run.deadline.workMs() < LOOK_MS) break;
    looked.push(await lookAt(run, entry, { kind, policy }));
  }
  const unseen = run.settings.secrets.slice(looked.length).map(({ secretArn }) => `${nameOf(secretArn)} (`);
  const findings = await run.openFindings((target) => unseen.some((start) => target.startsWith(start)));
  const list = looked.flatMap((one) => one.findings);
  const found = await findAll(findings, list, run.evidenceKey('findings.jsonl.gz'));
  const due = looked.flatMap((one) => one.due);
  const { outcomes, ...ended } = await apply(run, due, { kind, policy }).catch(notBegun);
  const late = `Time ran out with ${unseen.length} secrets not looked at.`;
  return {
    examined: looked.length,
    found,
    outcomes: [...looked.flatMap((one) => one.rehearsal), ...outcomes],
    detail: { secrets: looked.map(({ row }) => row) } satisfies Detail,
    ...ended,
    ...(unseen.length > 0 && !ended.ending && { ending: { verdict: 'partial' as const, because: late } }),
  };
}

function policyOf({ store, deployedMode, settings, input }: Invocation<KindSettings, Input>): Policy {
  return {
    now: store.now(),
    mustRotate: deployedMode === 'enforce',
    overlapHours: settings.overlapHours,
    retireNow: input.retire === 'now',
  };
}

type Looking = { kind: AnyKind; policy: Policy };

async function lookAt(
  run: Invocation<KindSettings, Input>,
  entry: Subject['entry'],
  { kind, policy }: Looking,
): Promise<Looked> {
  const name = nameOf(entry.secretArn);
  try {
    const read = await readSecret(
      { run, entry, secrets: openSecrets() },
      { kind, mayRead: run.deployedMode === 'enforce' },
    );
    const noted = read.subject.notes.now();
    const now = run.store.now();
    const { findings, due } = judgeSecret({ entry, ...read, noted }, { ...policy, now });
    return {
      findings,
      due: due ? [{ ...due, entry, name }] : [],
      rehearsal: run.mode === 'report' ? rehearsalOf(read, name) : [],
      row: rowOf(read, { name, now }),
    };
  } catch (error) {
    const findings = [notLookedAt(entry.secretArn, describe(error))];
    return { findings, due: [], rehearsal: [], row: { name, state: 'not looked at', consumers: [] } };
  }
}

/** A dry run says what a rotation would change, in what order; nothing of it is due by itself. */
function rehearsalOf({ planned, name = '' }: Read, secret: string): Outcome[] {
  const why = `a rotation of ${secret} would do this, and may`;
  return planned.map((action) => ({ target: name, action, why, status: 'planned' }));
}

function rowOf(read: Read, { name, now }: { name: string; now: Date }): Detail['secrets'][number] {
  const { target, described, tried, subject } = read;
  const noted = subject.notes.now();
  const { current } = described;
  return {
    name,
    ...(read.name && { credential: read.name }),
    state: tried ? `the current version ${tried.current}` : 'only its labels and times were looked at',
    ...ageOf({ described, noted }, now),
    maxAgeDays: subject.entry.maxAgeDays,
    ...(target.revoke &&
      noted.switched?.versionId === current && { oldRevoked: noted.retired === noted.switched?.from }),
    ...(tried?.uses && { usesOfOld: tried.uses.length }),
    consumers: subject.entry.consumers.map((consumer) => ({
      name: consumer,
      usesCurrent: described.tags.get(ackTag(consumer)) === current,
    })),
  };
}

async function apply(run: Invocation<KindSettings, Input>, items: Item[], looking: Looking) {
  if (items.length === 0) return { outcomes: [], settled: true };
  await run.storePlan(
    items.map(({ entry, name, act, versionId, why }) => ({ secretArn: entry.secretArn, name, act, versionId, why })),
  );
  if (run.mode === 'report') return { outcomes: items.map((item) => outcomeOf(item, 'planned')), settled: true };
  await run.acting();
  const carried = await carryOut(run, {
    items,
    outcomeOf,
    act: (item) => mend(run, item, looking),
    begun: ({ act }) => act === 'finish',
  });
  const failed = carried.outcomes.find(({ status }) => status === 'failed');
  if (!failed || carried.ending) return carried;
  const because = `${failed.target}: ${failed.action}: ${failed.error}`;
  return { ...carried, ending: { verdict: 'failed' as const, because } };
}
