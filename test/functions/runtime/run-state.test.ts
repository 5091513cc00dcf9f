import { describe, expect, it } from 'vitest';
import { EvidenceError, RefusalError } from '../../../functions/runtime/errors.ts';
import { useAccount } from './account.ts';
import { invoke, lookingAt, type Run, stateOf, storedReports } from './trial.ts';

const account = useAccount();
const HOUR_MS = 3_600_000;

/** A run that can be held in its middle. */
function held({ looks = true } = {}) {
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const wait = async () => {
    begun.resolve();
    await goOn.promise;
  };
  const blind: Run = () => wait().then(() => ({ examined: 0, outcomes: [], settled: true }));
  return { run: looks ? lookingAt({ a: 'fine' }, wait) : blind, begun: begun.promise, goOn: () => goOn.resolve() };
}

const schedule = (scheduledAt: Date) => ({
  trigger: 'schedule',
  scheduleArn: 'arn:aws:scheduler:eu-central-1:111122223333:schedule/default/Daily',
  scheduledAt: scheduledAt.toISOString(),
  input: {},
});

describe('F01 the same event twice', () => {
  it('one after the other runs once, and the second says which run handled it', async () => {
    const event = schedule(account.aws.clock.now());
    let runs = 0;
    const run = lookingAt({ a: 'fine' }, () => void ++runs);
    const first = await invoke(account, { run, event });
    const second = await invoke(account, { run, event });
    expect(first.verdict).toBe('clean');
    expect(second).toMatchObject({
      verdict: 'skipped',
      because: `This event was already handled by run ${first.runId}.`,
    });
    expect(runs).toBe(1);
    expect(second.runId).not.toBe(first.runId);
  });

  it('at once runs once, and the second says so', async () => {
    const event = schedule(new Date(account.aws.clock.now().getTime() - 60_000));
    let runs = 0;
    const run = lookingAt({ a: 'fine' }, () => void ++runs);
    const reports = await Promise.all([1, 2, 3, 4].map(() => invoke(account, { run, event })));
    const verdicts = reports.map(({ verdict }) => verdict).sort();
    expect(verdicts).toEqual(['clean', 'skipped', 'skipped', 'skipped']);
    const ran = reports.find(({ verdict }) => verdict === 'clean');
    for (const { verdict, because } of reports) if (verdict === 'skipped') expect(because).toContain(ran?.runId);
    expect(runs).toBe(1);
  });

  it('as Lambda delivers it again, with the request id that it had, runs once', async () => {
    const run = lookingAt({ a: 'fine' });
    await invoke(account, { run, requestId: 'same' });
    expect((await invoke(account, { run, requestId: 'same' })).verdict).toBe('skipped');
    expect((await invoke(account, { run, requestId: 'other' })).verdict).toBe('clean');
  });

  it.each([
    ['refused', new RefusalError('It is a standby.')],
    ['failed', new EvidenceError('The bucket is gone.')],
  ])('runs again where the first attempt was %s', async (verdict, error) => {
    const event = schedule(new Date(account.aws.clock.now().getTime() - (verdict === 'refused' ? 120_000 : 180_000)));
    const first = await invoke(account, { event, run: () => Promise.reject(error) });
    expect(first).toMatchObject({ verdict, because: error.message });
    expect((await invoke(account, { event, run: lookingAt({ a: 'fine' }) })).verdict).toBe('clean');
  });

  it('is remembered for the last two hundred events', async () => {
    const spent = () => stateOf(account).spent.map(({ identity }: { identity: string }) => identity);
    const many = Array.from({ length: 250 }, (_, n) => ({ identity: `request old-${n}`, runId: 'x' }));
    const state = { ...stateOf(account), spent: many };
    account.aws.putObject(account.bucket, 'state/trial-run/run.json', JSON.stringify(state));
    await invoke(account, { run: lookingAt({ a: 'fine' }), requestId: 'newest' });
    expect(spent()).toHaveLength(200);
    expect(spent().at(-1)).toBe('request newest');
  });
});

describe('F02 a run that meets another', () => {
  it('leaves it alone, and says who holds the lease and until when', async () => {
    const { run, begun, goOn } = held();
    const first = invoke(account, { run, event: schedule(account.aws.clock.now()) });
    await begun;
    const second = await invoke(account, { run: lookingAt({ a: 'fine' }) });
    const { holder } = stateOf(account);
    goOn();
    const { runId, verdict } = await first;
    expect(verdict).toBe('clean');
    expect(second.verdict).toBe('skipped');
    expect(second.because).toMatch(
      new RegExp(`^Run ${runId} \\(schedule of .*\\) holds the lease until ${holder.until}`),
    );
    expect(stateOf(account).holder).toBeUndefined();
  });

  it('is itself on record, with its own evidence', async () => {
    const last = storedReports(account).filter(({ verdict }) => verdict === 'skipped');
    expect(last.length).toBeGreaterThan(0);
  });
});

describe('F03 a run that was killed with the lease held', () => {
  it('keeps others out until its deadline is over by the store’s clock, and no longer', async () => {
    const timeoutMs = 30_000;
    const killed = await invoke(account, {
      timeoutMs,
      run: lookingAt({ a: 'warning' }, () => account.aws.faults.die()),
    });
    account.aws.faults.revive();
    expect(killed.verdict).toBe('failed');
    expect(storedReports(account).map(({ runId }) => runId)).not.toContain(killed.runId);
    const run = lookingAt({ a: 'warning' });
    account.aws.clock.advance(20_000);
    expect(await invoke(account, { run })).toMatchObject({
      verdict: 'skipped',
      because: expect.stringContaining(killed.runId),
    });
    account.aws.clock.advance(20_000);
    expect((await invoke(account, { run })).verdict).toBe('findings');
    account.aws.clock.advance(-40_000);
  });

  it('cannot give back, nor change, the lease that another has taken since', async () => {
    const { run, begun, goOn } = held({ looks: false });
    const late = invoke(account, { run, timeoutMs: 20_000, requestId: 'late' });
    await begun;
    account.aws.clock.advance(60_000);
    const other = held();
    const next = invoke(account, { run: other.run });
    await other.begun;
    const before = stateOf(account);
    goOn();
    expect(await late).toMatchObject({ verdict: 'failed', because: expect.stringContaining('The lease was lost') });
    expect(stateOf(account)).toEqual(before);
    other.goOn();
    expect((await next).verdict).toBe('clean');
    account.aws.clock.advance(-60_000);
  });
});

describe('F14 a run that began to change things and died', () => {
  it('is handed to the next run until one of them has settled it', async () => {
    const dying = await invoke(account, {
      mode: 'enforce',
      run: async (trial) => {
        await trial.storePlan([{ keyId: 'a' }]);
        await trial.acting();
        account.aws.faults.die();
        throw new Error('killed');
      },
    });
    account.aws.faults.revive();
    account.aws.clock.advance(HOUR_MS);
    const seen: string[] = [];
    const settling = (settled: boolean) =>
      invoke(account, {
        run: async ({ unfinished }) => {
          seen.push(...unfinished.map(({ runId }) => runId));
          return { examined: 0, outcomes: [], settled };
        },
      });
    await settling(false);
    await settling(true);
    await settling(true);
    expect(seen).toEqual([dying.runId, dying.runId]);
    account.aws.clock.advance(-HOUR_MS);
  });
});
