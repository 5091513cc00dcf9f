import { describe, expect, it } from 'vitest';
import { drill, namesOf, rdsChanges, SOURCE, useGround } from './ground.ts';

const ground = useGround();

describe('F76 a copy that never becomes available', () => {
  it.each([
    'failed',
    'incompatible-restore',
    'incompatible-network',
    'incompatible-parameters',
    'storage-full',
    'inaccessible-encryption-credentials',
  ])('because it is %s is told about, critical, and deleted without a final snapshot', async (last) => {
    ground.plan({ statuses: ['creating', last] });
    const { report } = await drill(ground);
    expect(report?.findings).toMatchObject([
      { severity: 'critical', target: 'apex-db: restore', what: expect.stringContaining(`became ${last}`) },
    ]);
    expect(rdsChanges(ground)).toEqual(['RestoreDBInstanceToPointInTime', 'DeleteDBInstance']);
    expect(namesOf(ground)).toEqual([SOURCE]);
  });

  it('and is only made for ever is given up when its time is over, and told to have been left behind', async () => {
    ground.plan({ statuses: ['creating'] });
    const { report } = await drill(ground);
    const looks = ground.aws.requests().filter(({ resource }) => resource.includes('nightshift-drill-'));
    // Ten minutes of looking, and an hour of trying to delete it, once a minute.
    expect(looks.filter(({ operation }) => operation === 'DescribeDBInstances')).toHaveLength(10 + 60);
    expect(looks.filter(({ operation }) => operation === 'DeleteDBInstance')).toHaveLength(60);
    expect(report?.findings.map(({ severity, target, what }) => [severity, target, what])).toEqual([
      ['critical', 'apex-db: copy', expect.stringContaining('did not let nightshift-drill-')],
      ['critical', 'apex-db: restore', 'the copy was still creating after 10 minutes'],
    ]);
  });

  it('because somebody deletes it is told about, and is no error', async () => {
    ground.plan({ statuses: ['creating', 'deleting'] });
    const { report } = await drill(ground);
    expect(report?.findings).toMatchObject([{ target: 'apex-db: restore', what: expect.stringContaining('deleting') }]);
    expect(namesOf(ground)).toEqual([SOURCE]);
  });

  it('is deleted as soon as RDS allows it', async () => {
    ground.plan({ statuses: [...Array(20).fill('creating'), 'available'] });
    const { report } = await drill(ground);
    expect(report?.findings.map(({ target }) => target)).toEqual(['apex-db: restore']);
    expect(namesOf(ground)).toEqual([SOURCE]);
  });
});

describe('a copy that cannot be looked into', () => {
  it('is removed, and the drill is refused and says why', async () => {
    const { status, report } = await drill(ground, {
      edit: (deployment) => (deployment.settings.database = 'nowhere'),
    });
    expect([status, report?.verdict]).toEqual(['FAILED', 'refused']);
    expect(report?.because).toMatch(/^PostgreSQL at .*database "nowhere" does not exist/);
    expect(namesOf(ground)).toEqual([SOURCE]);
  });

  it('because its server is not who it should be is removed, and the drill is refused', async () => {
    const { report } = await drill(ground, { edit: (deployment) => (deployment.settings.copy.caPem = undefined) });
    expect([report?.verdict, report?.because]).toEqual([
      'refused',
      expect.stringMatching(/^PostgreSQL at localhost:\d+: /),
    ]);
    expect(namesOf(ground)).toEqual([SOURCE]);
  });

  it('F04 because time runs out is removed in the next invocations, and never called good', async () => {
    const slow = { name: 'slow', query: 'SELECT pg_catalog.pg_sleep(600)::text', expect: '' };
    const edit = (deployment: { settings: { checks: object } }) => {
      deployment.settings.checks = { assertions: [slow] };
    };
    const { report } = await drill(ground, { edit, remainingMs: 11_500 });
    expect(report?.verdict).toMatch(/refused|failed|findings/);
    expect(report?.verdict === 'findings' ? report.metrics.CriticalFindings?.value : 1).toBeGreaterThan(0);
    expect(namesOf(ground)).toEqual([SOURCE]);
  });

  it('F06 because RDS throttles for ever is told about, and one that throttles a few times is no hindrance', async () => {
    ground.aws.faults.throttle('rds:DescribeDBInstances', 2);
    expect((await drill(ground)).report?.verdict).toBe('clean');
    ground.aws.faults.throttle('rds:ModifyDBInstance', Number.POSITIVE_INFINITY);
    const { report } = await drill(ground);
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('Throttling')]);
    expect(namesOf(ground)).toEqual([SOURCE]);
  });
});
