import { describe, expect, it } from 'vitest';
import { Detail } from '../../../functions/restore-drill/contract.ts';
import { drill, rdsChanges, SOURCE, stored, useGround } from './ground.ts';

const ground = useGround();
const HOUR_MS = 3_600_000;

const fromSnapshot = (deployment: { settings: { source: object } }) => {
  deployment.settings.source = { instance: SOURCE, restore: 'latest-snapshot' };
};
const plant = (identifier: string, hoursAgo: number, fields: object = {}) =>
  ground.aws.createDbSnapshot({
    identifier,
    of: 'instance',
    source: SOURCE,
    createdAt: new Date(Date.now() - hoursAgo * HOUR_MS),
    ...fields,
  });

describe('a drill from snapshots', () => {
  it('takes the newest automated one that is done, and says how old it is', async () => {
    plant('rds:apex-db-2026-01-01-00-05', 40);
    plant('rds:apex-db-2026-01-02-00-05', 16);
    plant('rds:apex-db-2026-01-03-00-05', 1, { status: 'creating' });
    plant('by-hand', 2, { type: 'manual' });
    const { report } = await drill(ground, { edit: fromSnapshot });
    expect(rdsChanges(ground)[0]).toBe('RestoreDBInstanceFromDBSnapshot');
    expect(Detail.parse(report?.detail)).toMatchObject({
      from: 'rds:apex-db-2026-01-02-00-05',
      rpo: { minutes: expect.closeTo(16 * 60, 0), target: 15 },
    });
    expect(report?.findings).toMatchObject([{ target: 'apex-db: recovery point', severity: 'warning' }]);
  });

  it.each([
    ['none', () => {}, 'there is no automated snapshot'],
    ['only one that is being made', () => plant('rds:apex-db-1', 1, { status: 'creating' }), '(1 in all)'],
    ['one that is not encrypted', () => plant('rds:apex-db-1', 1, { encrypted: false }), 'is not encrypted'],
  ])('restores nothing where there is %s, which is critical', async (_what, prepare, said) => {
    prepare();
    const { report } = await drill(ground, { edit: fromSnapshot });
    expect(report?.findings).toMatchObject([
      { severity: 'critical', target: 'apex-db: backup', what: expect.stringContaining(said) },
    ]);
    expect(rdsChanges(ground)).toEqual([]);
  });

  it('restores an unencrypted one where settings say that it is in order', async () => {
    plant('rds:apex-db-1', 0.1, { encrypted: false });
    const edit = (deployment: { settings: { source: object } }) => {
      deployment.settings.source = { instance: SOURCE, restore: 'latest-snapshot', mayBeUnencrypted: true };
    };
    expect((await drill(ground, { edit })).report?.verdict).toBe('clean');
  });
});

describe('what is looked for in the copy', () => {
  it('and is not there is found, under the source’s name, and the copy is not remembered as good', async () => {
    const edit = (deployment: { settings: { checks: object } }) => {
      deployment.settings.checks = { tables: [{ table: 'orders', minRows: 251 }, { table: 'invoices' }] };
    };
    const { report } = await drill(ground, { edit });
    expect(report?.verdict).toBe('findings');
    expect(report?.findings.map(({ severity, target }) => [severity, target])).toEqual([
      ['critical', 'apex-db: table public.invoices'],
      ['critical', 'apex-db: table public.orders'],
    ]);
    expect(stored(ground.aws).map(({ key }) => key)).not.toContain('state/restore-drill/verified.json');
  });

  it('is compared with the last copy that was good', async () => {
    await drill(ground);
    await ground.sql('CREATE TABLE kept AS TABLE orders; DELETE FROM orders WHERE id > 210');
    const { report } = await drill(ground);
    await ground.sql('INSERT INTO orders SELECT * FROM kept WHERE id > 210; DROP TABLE kept');
    expect(report?.findings).toMatchObject([
      { severity: 'critical', target: 'apex-db: table public.orders', what: expect.stringContaining('had 250') },
    ]);
    const { tables } = Detail.parse(report?.detail);
    expect(tables).toContainEqual({ table: 'public.orders', rows: 210, before: 250 });
    expect(report?.metrics.RowsRestored?.value).toBeGreaterThan(200);
  });
});
