/** read → decide → apply, for all the secrets of a system: their labels and times, and by hand a rotation of each. */
import { carryOut, notBegun } from '../../runtime/carry-out.ts';
import { describe } from '../../runtime/errors.ts';
import { findAll } from '../../runtime/findings.ts';
import type { Invocation, Result } from '../../runtime/invocation.ts';
import type { Finding } from '../../runtime/report.ts';
import { ageOf, judgeSecret, nameOf, notLookedAt } from '../decide-secret.ts';
import type { Detail } from '../detail.ts';
import { NOTHING_NOTED } from '../notes.ts';
import { type Described, openSecrets } from '../secrets.ts';
import type { Input, Settings } from './contract.ts';
import { type Item, outcomeOf, rotateOne } from './rotate-one.ts';

type Run = Invocation<Settings, Input>;
type Secret = Settings['secrets'][number];
type Looked = { secret: Secret; described?: Described; findings: Finding[]; row: Detail['secrets'][number] };

export async function run(all: Run): Promise<Result> {
  const looked: Looked[] = [];
  for (const secret of all.settings.secrets) looked.push(await lookAt(all, secret));
  const list = looked.flatMap(({ findings }) => findings);
  const found = await findAll(await all.openFindings(), list, all.evidenceKey('findings.jsonl.gz'));
  const detail = { secrets: looked.map(({ row }) => row) } satisfies Detail;
  const applied =
    all.input.rotate === 'all' ? await apply(all, looked).catch(notBegun) : { outcomes: [], settled: true };
  return { examined: looked.length, found, detail, ...applied };
}

/** No value may be read here, so what is judged are labels and times. */
async function lookAt({ deployedMode, store }: Run, secret: Secret): Promise<Looked> {
  const name = nameOf(secret.secretArn);
  const entry = { ...secret, consumers: [] };
  try {
    const described = await openSecrets().describe(secret.secretArn);
    const policy = {
      now: store.now(),
      mustRotate: deployedMode === 'enforce',
      overlapHours: undefined,
      retireNow: false,
    };
    const { findings } = judgeSecret({ entry, described, noted: NOTHING_NOTED, tried: undefined }, policy);
    const age = ageOf({ described, noted: NOTHING_NOTED }, policy.now);
    const state = described.rotates ? 'Secrets Manager rotates it' : 'Secrets Manager does not rotate it';
    const row = { name, credential: secret.kind, state, ...age, maxAgeDays: secret.maxAgeDays, consumers: [] };
    return { secret, described, findings, row };
  } catch (error) {
    return {
      secret,
      findings: [notLookedAt(secret.secretArn, describe(error))],
      row: { name, credential: secret.kind, state: 'not looked at', consumers: [] },
    };
  }
}

async function apply(all: Run, looked: Looked[]) {
  const items = looked.map(({ secret, described }) => itemOf(all, secret, described));
  await all.storePlan(items);
  if (all.mode === 'report') return { outcomes: items.map((item) => outcomeOf(item, 'planned')), settled: true };
  await all.acting();
  const carried = await carryOut(all, { items, outcomeOf, act: (item) => rotateOne(all, item) });
  const failed = carried.outcomes.filter(({ status }) => status === 'failed');
  if (failed.length === 0 || carried.ending) return carried;
  const names = failed.map(({ target }) => target).join(', ');
  return {
    ...carried,
    ending: { verdict: 'failed' as const, because: `${failed.length} were not rotated: ${names}.` },
  };
}

/** A run that died in the middle has rotated some: those have what was asked for. */
function itemOf({ unfinished }: Run, { secretArn, kind }: Secret, described: Described | undefined): Item {
  const begun = unfinished.map(({ runId }) => startOf(runId)).sort((a, b) => a.getTime() - b.getTime())[0];
  const isDone = begun !== undefined && described?.rotatedAt !== undefined && described.rotatedAt >= begun;
  return { secretArn, kind, name: nameOf(secretArn), isDone };
}

/** A run's id begins with the time at which it began. */
function startOf(runId: string): Date {
  return new Date(runId.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z.*$/, '$1-$2-$3T$4:$5:$6Z'));
}
