import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreDump } from '../../../functions/restore/restore.ts';
import { RefusalError } from '../../../functions/runtime/errors.ts';
import { nameOf } from '../../../functions/scratch/name.ts';
import { dropScratch, enterScratch, makeScratch, sweepScratch } from '../../../functions/scratch/scratch.ts';
import type { Run } from '../../../functions/scratch/server.ts';
import { type StatementProxy, startProxy } from '../../../local/postgres/proxy.ts';
import { copy, dumpOf, sql } from '../restore/dumps.ts';
import { databasesOf, ROLE, useIsolated } from './isolated.ts';

const isolated = useIsolated();
let proxy: StatementProxy;
let others: string[];

beforeAll(async () => {
  proxy = await startProxy({ server: isolated.server });
  const maker = { system: 'Alexander', runbook: 'backup-verification', runId: 'x' };
  const theirs = nameOf(maker, new Date('2020-01-01'));
  const commented = nameOf({ ...maker, runId: 'y' }, new Date('2020-01-01'));
  others = [theirs, commented, 'customers', 'nightshift_scratch_notes'].toSorted();
  for (const name of others) await isolated.admin.query(`CREATE DATABASE "${name}"`);
  await isolated.admin.query(`ALTER DATABASE "${commented}" OWNER TO ${ROLE}`);
  await isolated.admin.query(`COMMENT ON DATABASE "${commented}" IS 'the accounts of 2020'`);
});
afterAll(async () => {
  await proxy?.stop();
});

let runs = 0;
const nextRun = () => isolated.run({ at: proxy, runId: `run-${++runs}` });

/** From its making to its end. A run that dies does nothing after the statement that it dies at. */
async function life(run: Run): Promise<void> {
  const name = await makeScratch(run);
  const session = await enterScratch(run, name, run.deadline);
  const items = dumpOf(
    sql('CREATE TABLE public.t (id integer)', 'INSERT INTO public.t VALUES (1)'),
    copy('t', ['2', '3']),
  );
  await restoreDump(session, items, { deadline: run.deadline, madeBy: [] });
  await session.close();
  const { status, error } = await dropScratch(run, name);
  if (status !== 'done') throw new RefusalError(error);
}

/** Its time has come at once: the server's clock cannot be put forward. */
const atOnce = (run: Run): Run => ({ ...run, settings: { ...run.settings, sweepAfterHours: 0 } });

async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const before = proxy.count();
  await work();
  return proxy.statements().slice(before);
}

describe('F14 F74 F75 killed at any statement', () => {
  it('a restore leaves nothing that the next run does not sweep, and nothing of anybody else’s is gone', {
    timeout: 120_000,
  }, async () => {
    const statements = await statementsOf(() => life(nextRun()));
    expect(await databasesOf(isolated)).toEqual(others);
    let left = 0;
    for (const strike of [proxy.failBefore, proxy.loseReply]) {
      for (const nth of statements.keys()) {
        strike(nth + 1);
        await expect(life(nextRun()), `at ${statements[nth]}`).rejects.toMatchObject({ name: 'RefusalError' });
        const there = await databasesOf(isolated);
        left += there.length - others.length;
        // Its time has not come: nobody knows that the run is dead.
        expect((await sweepScratch(nextRun())).outcomes).toEqual([]);
        expect(await databasesOf(isolated)).toEqual(there);
        const { outcomes } = await sweepScratch(atOnce(nextRun()));
        expect(outcomes.map(({ status }) => status)).toEqual(there.length > others.length ? ['done'] : []);
        expect(await databasesOf(isolated), `at ${statements[nth]}`).toEqual(others);
      }
    }
    process.stdout.write(
      `F14 crash matrix of a scratch database: ${statements.length} statements, ${left} left and swept\n`,
    );
    expect(statements.length).toBeGreaterThan(15);
    expect(left).toBeGreaterThan(statements.length);
  });

  it('the sweep itself is taken up by the next', { timeout: 60_000 }, async () => {
    const leave = async () => {
      await makeScratch(nextRun());
      await makeScratch(nextRun());
    };
    await leave();
    const statements = await statementsOf(() => sweepScratch(atOnce(nextRun())));
    for (const strike of [proxy.failBefore, proxy.loseReply]) {
      for (const nth of statements.keys()) {
        await leave();
        strike(nth + 1);
        await sweepScratch(atOnce(nextRun())).catch(() => {});
        await sweepScratch(atOnce(nextRun()));
        expect(await databasesOf(isolated), `at ${statements[nth]}`).toEqual(others);
      }
    }
  });
});
