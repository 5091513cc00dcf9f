import { afterEach, describe, expect, it } from 'vitest';
import { watchingRequests } from '../meanwhile.ts';
import { callerOf, drill, HALT, namesOf, rdsChanges, SOURCE, stored, useGround } from './ground.ts';

const ground = useGround();

const HOUR_MS = 3_600_000;
const MARK = 'nightshift:scratch';
const OLD = 'nightshift-drill-20260101t020000z-0a1b2c3d';
const OLD_MARK = 'Alexander/restore-drill/20260101T020000Z-0a1b2c3d';

/** An instance that is there already; `mark` is its tag of ours. */
function plant(identifier: string, mark?: string): void {
  ground.aws.createDbInstance({
    identifier,
    engine: 'postgres',
    caIdentifier: 'rds-ca-rsa2048-g1',
    serverCertificateValidTill: new Date('2030-01-01T00:00:00Z'),
    endpoint: { host: `${identifier}.c1.eu-central-1.rds.amazonaws.com`, port: 5432 },
    tags: mark === undefined ? [] : [{ key: MARK, value: mark }],
  });
}

const runIdAt = (ms: number) => `${new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-0a1b2c3d`;
const sweepOnly = { event: { sweepOnly: true } };
const deleted = () => ground.aws.requests().filter(({ operation }) => operation === 'DeleteDBInstance');

afterEach(() => {
  // Whatever else happened.
  expect(namesOf(ground)).toContain(SOURCE);
});

describe('F74 a copy that was left behind', () => {
  it('is swept by the next drill, which then goes on', async () => {
    plant(OLD, OLD_MARK);
    const { report } = await drill(ground);
    expect(report?.verdict).toBe('acted');
    expect(report?.outcomes).toMatchObject([{ target: OLD, action: 'delete', status: 'done' }]);
    expect(deleted().map(({ resource }) => resource)).toEqual([
      expect.stringContaining(OLD),
      expect.stringContaining(`nightshift-drill-${report?.runId.toLowerCase()}`),
    ]);
  });

  it('is swept by a run that only sweeps, and which the watcher does not take for a drill', async () => {
    plant(OLD, OLD_MARK);
    const { report } = await drill(ground, sweepOnly);
    expect(report?.outcomes).toMatchObject([{ target: OLD, status: 'done' }]);
    expect(report?.metrics).not.toHaveProperty('Examined');
    expect(rdsChanges(ground)).toEqual(['DeleteDBInstance']);
  });

  it('is swept while the system is halted, and nothing is restored', async () => {
    plant(OLD, OLD_MARK);
    ground.aws.putParameter(HALT, 'halt');
    const { report } = await drill(ground);
    expect([report?.verdict, report?.because]).toEqual(['skipped', expect.stringContaining('says halt')]);
    expect(rdsChanges(ground)).toEqual(['DeleteDBInstance']);
  });

  it('and cannot be deleted makes the sweep fail, which rings', async () => {
    plant(OLD, OLD_MARK);
    ground.aws.faults.deny(callerOf(), 'rds:DeleteDBInstance');
    const { status, report } = await drill(ground, sweepOnly);
    expect([status, report?.verdict, report?.because]).toEqual(['FAILED', 'failed', expect.stringContaining(OLD)]);
  });

  it('may be that of a drill still under way until twelve hours have passed', async () => {
    const made = (hoursAgo: number) => {
      const runId = runIdAt(Date.now() - hoursAgo * HOUR_MS);
      plant(`nightshift-drill-${runId.toLowerCase()}`, `Alexander/restore-drill/${runId}`);
      return `nightshift-drill-${runId.toLowerCase()}`;
    };
    const [young, old] = [made(11.9), made(12.1)];
    await drill(ground, sweepOnly);
    expect(deleted().map(({ resource }) => resource.replace(/^.*:db:/, ''))).toEqual([old]);
    expect(namesOf(ground)).toContain(young);
  });
});

describe('F75 what is not a copy of this deployment', () => {
  it.each([
    ['has the name and no mark', OLD, undefined],
    ['has the mark and another name', 'orders-db', OLD_MARK],
    ['is of another system', OLD, 'Alexandria/restore-drill/20260101T020000Z-0a1b2c3d'],
    ['is of another deployment', OLD, 'Alexander/restore-drill-eu/20260101T020000Z-0a1b2c3d'],
    ['has a mark that tells no time', OLD, 'Alexander/restore-drill/yesterday'],
  ])('because it %s is never deleted', async (_why, identifier, mark) => {
    plant(identifier, mark);
    await drill(ground, sweepOnly);
    expect(deleted()).toEqual([]);
    expect(namesOf(ground)).toContain(identifier);
  });

  it('because it answers where production answers is given no password, and is not logged in to', async () => {
    ground.plan({ endpoint: { host: 'apex-db.c1.eu-central-1.rds.amazonaws.com', port: 5432 } });
    const { report } = await drill(ground);
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('address of the source')]);
    expect([ground.passwords, rdsChanges(ground)]).toEqual([
      [],
      ['RestoreDBInstanceToPointInTime', 'DeleteDBInstance'],
    ]);
  });

  it('because it took the very name of the copy is neither changed nor deleted', async () => {
    let taken: string | undefined;
    const take = () => {
      const state = stored(ground.aws).find(({ key }) => key === 'state/restore-drill/run.json');
      const { holder } = JSON.parse(state?.body.toString() ?? '{}');
      if (taken !== undefined || holder === undefined) return;
      taken = `nightshift-drill-${holder.runId.toLowerCase()}`;
      plant(taken, 'Alexander/restore-drill/of-somebody-else');
    };
    const { report } = await watchingRequests(take, () => drill(ground));
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('is there already')]);
    expect([deleted(), ground.passwords]).toEqual([[], []]);
    expect(namesOf(ground)).toEqual([SOURCE, taken]);
  });
});
