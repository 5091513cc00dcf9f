import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { insertKeys } from '../../../local/alexander/many-keys.ts';
import { READER } from '../../../local/alexander/roles.ts';
import { DATABASE } from '../../../local/alexander/schema.ts';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { type Call, call } from '../invocation.ts';
import { asOwner, readLedger } from '../time.ts';
import { backendsOf } from './sessions.ts';
import { startWire, type Wire } from './wire.ts';

let estate: Estate;
let wire: Wire;
let admin: pg.Client;

beforeAll(async () => {
  estate = await startEstate({
    through: async (postgres) => {
      wire = await startWire(postgres);
      return wire;
    },
  });
  admin = new pg.Client({ ...estate.postgres.admin, database: DATABASE });
  await admin.connect();
  await insertKeys(admin, 40_000, { shape: 'word' });
  await call(estate);
});
afterAll(async () => {
  await admin.end();
  await wire.stop();
  await estate.stop();
});

/** A run that must be refused, in little more than the work's share of its time, and leave no trace but its evidence. */
async function refused(options: Call, workMs: number): Promise<string> {
  const [ledger, published] = [readLedger(estate), estate.aws.published().length];
  const begun = performance.now();
  const report = await call(estate, { ...options, timeoutMs: workMs + 10_000 });
  expect(report).toMatchObject({ verdict: 'refused', examined: 0, findings: [] });
  expect(report.metrics).not.toHaveProperty('CriticalFindings');
  expect(performance.now() - begun).toBeLessThan(workMs + 3_000);
  expect(readLedger(estate)).toEqual(ledger);
  expect(estate.aws.published()).toHaveLength(published);
  await vi.waitFor(async () => expect(await backendsOf(admin, 'nightshift %')).toEqual([]), { timeout: 6_000 });
  return report.because ?? '';
}

describe('F05 an audit whose SQL takes too long', () => {
  it('because somebody holds a lock is refused in time, and leaves no backend', async () => {
    await admin.query('BEGIN');
    await admin.query('LOCK TABLE access_keys');
    const because = await refused({}, 1_500).finally(() => admin.query('ROLLBACK'));
    expect(because).toMatch(/57014|no answer before the deadline/);
  });

  it('because a view sleeps is refused in time, and leaves no backend', async () => {
    await asOwner(estate, 'CREATE VIEW slow_keys AS SELECT k.*, pg_sleep(30)::text AS slept FROM access_keys k');
    await asOwner(estate, `GRANT SELECT ON slow_keys TO ${READER}`);
    const edit: Call['edit'] = ({ settings }) => {
      Object.assign(settings.keys, { table: 'slow_keys', owner: 'slept' });
      delete settings.owners;
    };
    const because = await refused({ edit }, 1_500);
    expect(because).toMatch(/57014|no answer before the deadline/);
  });
});

describe('F19 an audit whose database goes away', () => {
  it.each([
    10_000, 400_000, 1_500_000,
  ])('after %i bytes is refused, and never says that there were fewer keys', async (bytes) => {
    wire.cutAfter(bytes);
    await refused({}, 20_000);
  });

  it('before it begins is refused', async () => {
    wire.cutAfter(1);
    expect(await refused({}, 20_000)).toContain('PostgreSQL at 127.0.0.1');
  });

  it('for a while only is complete again in the next run', async () => {
    expect(await call(estate)).toMatchObject({ verdict: 'findings', examined: 40_000 + estate.planted.length });
  });
});

describe('F20 an audit from whom rows are hidden', () => {
  it('by row-level security is refused, naming the table', async () => {
    await asOwner(estate, 'ALTER TABLE access_keys ENABLE ROW LEVEL SECURITY');
    await asOwner(estate, `CREATE POLICY some_keys ON access_keys FOR SELECT USING (user_id < 5)`);
    expect(await refused({}, 20_000)).toContain('row-level security policy for table "access_keys"');
    await asOwner(estate, 'ALTER TABLE access_keys DISABLE ROW LEVEL SECURITY');
  });

  it('because it lacks a grant is refused, and told where the GRANTs are', async () => {
    await asOwner(estate, `REVOKE SELECT (last_used_at) ON access_keys FROM ${READER}`);
    expect(await refused({}, 20_000)).toMatch(/42501.*GRANTs/);
    await asOwner(estate, `GRANT SELECT (last_used_at) ON access_keys TO ${READER}`);
  });
});
