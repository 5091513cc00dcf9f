import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { BaseInput } from '../../../functions/runtime/contract.ts';
import { type DurableResult, type DurableRun, durable, runThrough } from '../../../functions/runtime/durable.ts';
import { RefusalError } from '../../../functions/runtime/errors.ts';
import type { Report } from '../../../functions/runtime/report.ts';
import { runbook } from '../../../functions/runtime/runbook.ts';
import { type Account, newContext, openAccount } from '../../trials/account.ts';
import { skipTime } from '../skipped-time.ts';

const HOUR_MS = 3_600_000;
const drilled: DurableResult = {
  examined: 2,
  outcomes: [{ target: 'scratch', action: 'restore', why: 'the drill', status: 'done' }],
  findings: [{ severity: 'warning', target: 'table', what: 'it has fewer rows than last time', remedy: 'Look.' }],
  settled: true,
};

const Settings = z.strictObject({});
type Run = DurableRun<z.infer<typeof Settings>, z.infer<typeof BaseInput>>;

const definitionOf = (run: (run: Run) => Promise<DurableResult>) => ({
  contract: { Settings, Input: BaseInput },
  executionMinutes: () => 6 * 60,
  run,
});
const anHour = ({ pause }: Run) => pause('an hour', 3_600);

describe('a durable run that waits an hour', () => {
  let account: Account;
  let endSkipping: (() => Promise<void>) | undefined;
  let written: string[];
  let bodies: number;
  beforeEach(async () => {
    // For each test: the runner moves this process's clock on by the hour, but keeps the hours by a clock that it does not
    // move, so that a second wait would be over at once and nothing be replayed.
    endSkipping = await skipTime();
    account = await openAccount();
    account.deploy('restore-drill', 'enforce');
    written = [];
    bodies = 0;
    const keep = (text: unknown) => {
      written.push(String(text));
      return true;
    };
    // Powertools has a console of its own on standard output.
    vi.spyOn(process.stdout, 'write').mockImplementation(keep);
    vi.spyOn(console, 'log').mockImplementation(keep);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await account.close();
    await endSkipping?.();
  });

  const drill = durable(
    definitionOf(async (run) => {
      bodies += 1;
      await run.once('restore', () => run.store.create(run.evidenceKey('restored.txt'), 'restored'));
      await anHour(run);
      await run.once('check', () => run.store.create(run.evidenceKey('checked.txt'), 'checked'));
      return drilled;
    }),
  );
  const run = (handlerFunction: typeof drill, payload: unknown = {}) =>
    new LocalDurableTestRunner<Report>({ handlerFunction }).run({ payload });
  const changes = () =>
    account.aws.requests().flatMap(({ changing, operation, resource }) => {
      const key = resource.replace(/^.*:(trial-evidence\/)?/, '').replace(/\d{4}\/\d\d\/\d\d\/[^.]+/, '<run>');
      return changing ? [`${operation} ${key}`] : [];
    });

  it('writes everything once, although its body runs twice', async () => {
    const report = (await run(drill)).getResult();
    expect(report?.verdict).toBe('acted');
    expect(bodies).toBe(2);
    expect(changes()).toEqual([
      'PutObject state/restore-drill/run.json',
      'PutObject reports/restore-drill/<run>.restored.txt',
      'PutObject reports/restore-drill/<run>.checked.txt',
      'PutObject reports/restore-drill/<run>.json',
      'Publish trial-notify',
      'PutObject state/restore-drill/ledger.jsonl.gz',
      'PutObject state/restore-drill/run.json',
    ]);
    expect(written.filter((line) => line.includes('"RunDuration"'))).toHaveLength(1);
  });

  it('concludes once, also when it is replayed after its end', async () => {
    const lingering = withDurableExecution(async (event: unknown, context: DurableContext) => {
      const report = await runThrough(
        definitionOf(async () => drilled),
        event,
        context,
      );
      bodies += 1;
      await context.wait('a while', { hours: 1 });
      return report;
    });
    await run(lingering);
    expect(bodies).toBe(2);
    expect(changes()).toEqual([
      'PutObject state/restore-drill/run.json',
      'PutObject reports/restore-drill/<run>.json',
      'Publish trial-notify',
      'PutObject state/restore-drill/ledger.jsonl.gz',
      'PutObject state/restore-drill/run.json',
    ]);
    expect(written.filter((line) => line.includes('"RunDuration"'))).toHaveLength(1);
  });

  it('is one run with one beginning, however often its body runs', async () => {
    const beginnings: string[] = [];
    const watched = durable(
      definitionOf(async (run) => {
        beginnings.push(`${run.runId} ${run.now.toISOString()}`);
        await anHour(run);
        return drilled;
      }),
    );
    const report = (await run(watched)).getResult();
    expect(beginnings).toHaveLength(2);
    expect(beginnings[1]).toBe(beginnings[0]);
    expect(beginnings[0]).toBe(`${report?.runId} ${report?.startedAt}`);
  });

  it('holds its lease through the hour, for longer than any invocation lasts', async () => {
    const { findings: _none, ...result } = drilled;
    const rival = runbook({ contract: { Settings, Input: BaseInput }, run: async () => result });
    const holding = durable(
      definitionOf(async (run) => {
        await anHour(run);
        const report = await run.once('rival', () => {
          account.aws.clock.advance(HOUR_MS);
          return rival({}, newContext());
        });
        expect(report).toMatchObject({ verdict: 'skipped', because: expect.stringContaining(`Run ${run.runId} `) });
        return drilled;
      }),
    );
    expect((await run(holding)).getResult()?.verdict).toBe('acted');
  });

  it('is skipped when its event starts a second execution', async () => {
    const scheduledAt = new Date().toISOString();
    const event = {
      trigger: 'schedule',
      scheduleArn: 'arn:aws:scheduler:eu-central-1:111122223333:schedule/a/b',
      scheduledAt,
    };
    const first = (await run(drill, event)).getResult();
    const second = (await run(drill, event)).getResult();
    expect(first).toMatchObject({ verdict: 'acted', trigger: { kind: 'schedule', at: scheduledAt } });
    expect(second).toMatchObject({
      verdict: 'skipped',
      because: `This event was already handled by run ${first?.runId}.`,
    });
    expect(changes().filter((change) => change.endsWith('restored.txt'))).toHaveLength(1);
  });

  it('is refused where a step refuses, and says why once its evidence is stored', async () => {
    const refusing = durable(
      definitionOf(async (run) => {
        await anHour(run);
        return run.once('look', () => Promise.reject(new RefusalError('The backup cannot be read.')));
      }),
    );
    const execution = await run(refusing);
    expect(execution.getStatus()).toBe('FAILED');
    expect(execution.getError().errorMessage).toContain('refused: ');
    const [, stored] = [...account.left()].find(([key]) => key.startsWith('reports/')) ?? [];
    expect(JSON.parse(stored ?? '')).toMatchObject({
      verdict: 'refused',
      because: expect.stringContaining('cannot be read'),
    });
    const { holder, spent } = JSON.parse(account.left().get('state/restore-drill/run.json') ?? '');
    expect({ holder, spent }).toEqual({ holder: undefined, spent: [] });
  });

  it('F57 fails where one of the things that it does side by side does', async () => {
    const work = async (target: string) => {
      if (target === 'b') throw new RefusalError('b cannot be read.');
      return target;
    };
    const many = definitionOf(async ({ each }) => {
      await each('look', ['a', 'b', 'c'], { atOnce: 3, work });
      return drilled;
    });
    const execution = await run(durable(many));
    expect(execution.getError().errorMessage).toContain('b cannot be read.');
  });

  it('tells nothing as cleared that it did not look at', async () => {
    const looking = (targets: string[], isUnseen?: DurableResult['isUnseen']) => {
      const findings = targets.map((target) => ({
        ...drilled.findings?.[0],
        target,
      })) as DurableResult['findings'] & {};
      return durable(definitionOf(async () => ({ ...drilled, findings, isUnseen })));
    };
    await run(looking(['a', 'b']));
    const told = account.aws.published().length;
    await run(looking(['a'], (target) => target === 'b'));
    expect(account.aws.published()).toHaveLength(told);
    await run(looking(['a']));
    expect(account.aws.published()).toHaveLength(told + 1);
  });

  it('F12 is refused where an event asks for more than was deployed, before anything is done', async () => {
    account.deploy('restore-drill', 'report');
    const execution = await run(drill, { mode: 'enforce' });
    expect(execution.getError().errorMessage).toContain('got enforce');
    expect(bodies).toBe(0);
    expect((await run(drill, { mode: 'report' })).getResult()?.mode).toBe('report');
  });

  it('F06 looks again where a look fails for minutes, and gives up in the end', async () => {
    let looks = 0;
    const looking = (failures: number) =>
      durable(
        definitionOf(async (run) => {
          looks = 0;
          await run.again('look', async () => {
            looks += 1;
            if (looks <= failures) throw new Error('Rate exceeded');
          });
          return drilled;
        }),
      );
    expect((await run(looking(2))).getResult()?.verdict).toBe('acted');
    const refused = await run(looking(Number.POSITIVE_INFINITY));
    expect(refused.getError().errorMessage).toContain('failed: Rate exceeded');
  });
});
