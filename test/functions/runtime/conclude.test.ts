import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RefusalError } from '../../../functions/runtime/errors.ts';
import type { Outcome } from '../../../functions/runtime/report.ts';
import { useAccount } from './account.ts';
import { linesWritten } from './stdout.ts';
import { invoke, lookingAt, RUNBOOK, type Run, storedReports } from './trial.ts';

const account = useAccount();
const LEDGER = `state/${RUNBOOK}/ledger.jsonl.gz`;

const bodyOf = (key: string) => account.aws.objects(account.bucket).find((object) => object.key === key)?.body;
const ledger = () => {
  const body = bodyOf(LEDGER);
  return body && gunzipSync(body).toString();
};

/** What people heard while something ran. */
async function heardDuring(work: () => Promise<unknown>): Promise<string[]> {
  const before = account.aws.published().length;
  await work();
  return account.aws
    .published()
    .slice(before)
    .map(({ topicArn, message }) => `${topicArn.split(':').at(-1)}: ${JSON.parse(message).email}`);
}
const heardOf = (run: Run) => heardDuring(() => invoke(account, { run }));

describe('F87 what people hear', () => {
  it('is each finding once: when it appears, worsens and clears', async () => {
    expect(await heardOf(lookingAt({ a: 'warning' }))).toEqual([
      expect.stringMatching(/^notify: [\s\S]*a: a is wrong\. Mend it/),
    ]);
    expect(await heardOf(lookingAt({ a: 'warning' }))).toEqual([]);
    expect(await heardOf(lookingAt({ a: 'critical' }))).toEqual([
      expect.stringMatching(/^page: [\s\S]*worse than before/),
    ]);
    expect(await heardOf(lookingAt({ a: 'critical' }))).toEqual([]);
    expect(await heardOf(lookingAt({ a: 'fine' }))).toEqual([expect.stringContaining('a: cleared.')]);
    expect(await heardOf(lookingAt({ a: 'fine' }))).toEqual([]);
  });

  it('is not lost when a topic does not take it: the run fails aloud, and the next one says it again', async () => {
    account.aws.faults.deny('trial', 'sns:Publish');
    const { error } = await linesWritten(async () => {
      const report = await invoke(account, { run: lookingAt({ b: 'critical' }) });
      expect(report).toMatchObject({
        verdict: 'failed',
        because: expect.stringMatching(/sns:Publish.*until then: findings/),
      });
    });
    expect(error.join('\n')).toContain('The run could not be concluded.');
    account.aws.faults.clear();
    expect(await heardOf(lookingAt({ b: 'critical' }))).toHaveLength(1);
    expect(await heardOf(lookingAt({ b: 'critical' }))).toEqual([]);
  });

  it('is said again by the next run when this one dies before its ledger is stored', async () => {
    const { faults, clock } = account.aws;
    await heardOf(lookingAt({}));
    // After the report and the message comes the ledger.
    const dying = lookingAt({ b: 'critical' }, () => faults.crash({ call: faults.calls() + 3, when: 'before' }));
    expect(await heardOf(dying)).toHaveLength(1);
    expect(ledger()).toBe('');
    faults.clear();
    clock.advance(120_000);
    expect(await heardOf(lookingAt({ b: 'critical' }))).toHaveLength(1);
    expect(await heardOf(lookingAt({ b: 'critical' }))).toEqual([]);
    clock.advance(-120_000);
  });
});

describe('the ledger', () => {
  it.each([
    ['is refused', () => Promise.reject(new RefusalError('It is a standby.'))],
    ['fails in the middle of looking', lookingAt({ a: 'warning' }, () => Promise.reject(new Error('lost')))],
    ['did not look (a restore)', async () => ({ examined: 1, outcomes: [], settled: false })],
  ] as [string, Run][])('is not touched by a run that %s', async (_how, run) => {
    await invoke(account, { run: lookingAt({ a: 'warning', b: 'critical' }) });
    const before = ledger();
    expect(before).toContain('"b"');
    expect(await heardOf(run)).toEqual([]);
    expect(ledger()).toBe(before);
  });
});

describe('a report', () => {
  it('shows a hundred of its findings and outcomes, says how many there are, and where all of them are', async () => {
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, n) => [`k${1000 + n}`, 'info' as const]));
    const outcomes = Object.keys(many).map(
      (target): Outcome => ({ target, action: 'disable', why: 'idle', status: 'planned' }),
    );
    const run: Run = async (trial) => ({ ...(await lookingAt(many)(trial)), outcomes });
    const report = await invoke(account, { run });
    const base = `reports/${RUNBOOK}/${report.startedAt.slice(0, 10).replaceAll('-', '/')}/${report.runId}`;
    expect([report.findings.length, report.outcomes.length]).toEqual([100, 100]);
    expect(report.cut).toEqual([
      { list: 'findings', total: 130, storedAt: `${base}.findings.jsonl.gz` },
      { list: 'outcomes', total: 130, storedAt: `${base}.outcomes.jsonl` },
    ]);
    expect(
      gunzipSync(bodyOf(`${base}.findings.jsonl.gz`) ?? '')
        .toString()
        .trimEnd()
        .split('\n'),
    ).toHaveLength(130);
    expect(bodyOf(`${base}.outcomes.jsonl`)?.toString().trimEnd().split('\n')).toHaveLength(130);
    expect(JSON.parse(bodyOf(`${base}.json`)?.toString() ?? '')).toEqual(report);
  });
});

describe('F17 evidence that cannot be written', () => {
  it('makes a run that found nothing a failed one, and its report goes to the log', async () => {
    const count = storedReports(account).length;
    const run = lookingAt({ a: 'fine' }, () => account.aws.faults.deny('trial', 's3:PutObject'));
    const { error } = await linesWritten(async () => {
      const report = await invoke(account, { run, timeoutMs: 1_000 });
      expect(report).toMatchObject({
        verdict: 'failed',
        because: expect.stringMatching(/cannot be stored in the evidence bucket.*until then: clean/),
      });
    });
    const logged = error.map((line) => JSON.parse(line)).find(({ level }) => level === 'ERROR');
    expect(logged.report).toMatchObject({ verdict: 'failed', examined: 1 });
    expect(storedReports(account)).toHaveLength(count);
    account.aws.clock.advance(60_000);
  });

  it('lets nothing be done: neither the plan nor the intent may be missing', async () => {
    for (const step of ['storePlan', 'acting'] as const) {
      let acted = false;
      const report = await invoke(account, {
        mode: 'enforce',
        timeoutMs: 1_000,
        run: async (trial) => {
          if (step === 'acting') await trial.storePlan([{ keyId: 'a' }]);
          account.aws.faults.deny('trial', 's3:PutObject');
          await trial[step]([{ keyId: 'a' }]);
          acted = true;
          return { examined: 1, outcomes: [], settled: true };
        },
      });
      account.aws.faults.clear();
      account.aws.clock.advance(60_000);
      expect(report.verdict).toBe('failed');
      expect(acted).toBe(false);
    }
  });

  it('keeps a run from beginning where not even its lease can be written', async () => {
    account.aws.faults.deny('trial', 's3:PutObject');
    const never: Run = () => Promise.reject(new Error('this run was not to begin'));
    const report = await invoke(account, { run: never });
    expect(report).toMatchObject({
      verdict: 'failed',
      because: expect.stringContaining(`state/${RUNBOOK}/run.json in the evidence bucket cannot be written`),
    });
  });
});
