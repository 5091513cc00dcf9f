import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { type Call, call } from '../invocation.ts';
import { asOwner, passDays, readLedger } from '../time.ts';
import { linesWritten } from './stdout.ts';

let estate: Estate;

beforeAll(async () => {
  estate = await startEstate();
  await call(estate, { mode: 'enforce' });
});
afterAll(() => estate.stop());

const roomy: Call['edit'] = ({ settings }) => {
  settings.caps = { maxTargets: 10, maxPercent: 50 };
};
const enforce = { mode: 'enforce', edit: roomy } as const;
const keysOff = async () =>
  (
    await asOwner<{ id: string }>(
      estate,
      `SELECT access_key_id AS id FROM access_keys WHERE status = 'Inactive' ORDER BY 1`,
    )
  ).map(({ id }) => id);
const changesOf = (id: string) => {
  const record = estate.aws
    .objects('alexander-evidence')
    .find(({ key }) => key === `state/inactive-key-audit/keys/${id}.json`);
  return record ? JSON.parse(record.body.toString()).changes : [];
};

let before: string[];
beforeEach(async () => {
  estate.aws.faults.clear();
  // What earlier tests turned off is turned on again and warned about anew, so that each test has something to do.
  const planned = (await keysOff()).filter((id) => changesOf(id).length > 0);
  if (planned.length > 0) await call(estate, { ...enforce, event: { restore: planned } });
  await call(estate, enforce);
  await passDays(estate, 15);
  before = await keysOff();
});

describe('F01 the same event twice', () => {
  it.each([
    ['one after the other', async (one: () => ReturnType<typeof call>) => [await one(), await one()]],
    ['at once', (one: () => ReturnType<typeof call>) => Promise.all([one(), one()])],
  ])('%s turns off what it would turn off once', async (how, twice) => {
    const reports = await twice(() => call(estate, { ...enforce, requestId: `same ${how}` }));
    const acted = reports.filter(({ verdict }) => verdict === 'acted');
    expect(reports.map(({ verdict }) => verdict).sort()).toEqual(['acted', 'skipped']);
    const done = acted
      .flatMap(({ outcomes }) => outcomes)
      .filter(({ status }) => status === 'done')
      .map(({ target }) => target);
    expect(done.length).toBeGreaterThan(0);
    expect(await keysOff()).toEqual([...before, ...done].sort());
    for (const id of done)
      expect(changesOf(id).filter(({ runId }: { runId: string }) => runId === acted[0]?.runId)).toHaveLength(1);
    const second = reports.find(({ verdict }) => verdict === 'skipped');
    expect(second?.because).toContain(acted[0]?.runId);
  });
});

describe('F17 evidence that cannot be written', () => {
  it.each(['deny', 'fail'] as const)('(%s) leaves every key as it is, and is a failure', async (how) => {
    const ledger = readLedger(estate);
    if (how === 'deny') estate.aws.faults.deny('inactive-key-audit enforce', 's3:PutObject');
    else estate.aws.faults.fail('s3:PutObject', { code: 'NoSuchBucket', status: 404 }, Number.POSITIVE_INFINITY);
    const { error } = await linesWritten(async () => {
      expect((await call(estate, enforce)).verdict).toBe('failed');
    });
    expect(error.join('\n')).toContain('The run could not be concluded.');
    expect(await keysOff()).toEqual(before);
    expect(readLedger(estate)).toEqual(ledger);
  });
});

describe('F03 an audit that was killed with the lease held', () => {
  it('turned nothing off that is not on record, and the next one waits for the lease and then finishes', async () => {
    const calls = estate.aws.faults.calls();
    // Somewhere after the lease was taken and before the first change.
    estate.aws.faults.crash({ call: calls + 4, when: 'before' });
    await linesWritten(() => call(estate, { ...enforce, timeoutMs: 30_000 }));
    estate.aws.faults.clear();
    expect(await keysOff()).toEqual(before);
    expect(await call(estate, enforce)).toMatchObject({
      verdict: 'skipped',
      because: expect.stringContaining('holds the lease until'),
    });
    estate.aws.clock.advance(40_000);
    expect((await call(estate, enforce)).verdict).toBe('acted');
    expect((await keysOff()).length).toBeGreaterThan(before.length);
  });
});
