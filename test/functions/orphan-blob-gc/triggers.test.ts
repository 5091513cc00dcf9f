import { afterEach, describe, expect, it } from 'vitest';
import { changes, key, plantOrphans, rows, sweep, targets, undo, useSweeping } from './sweeping.ts';

const ground = useSweeping();
const declared = (triggers: string[]) => ({ edit: (settings: object) => void Object.assign(settings, { triggers }) });

afterEach(() =>
  ground.sql(
    `DROP RULE IF EXISTS shy ON blobs; DROP FUNCTION IF EXISTS tricky CASCADE; DROP TABLE IF EXISTS deleted_blobs`,
  ),
);

const trigger = (name: string, when: string) => `
  CREATE TABLE IF NOT EXISTS deleted_blobs (n integer);
  CREATE OR REPLACE FUNCTION tricky() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN INSERT INTO public.deleted_blobs VALUES (1); RETURN coalesce(NEW, OLD); END $$;
  CREATE TRIGGER ${name} ${when} ON blobs FOR EACH ROW EXECUTE FUNCTION tricky();`;

describe('F60 what the blob table does by itself when a row goes or comes back', () => {
  it.each([
    ['a trigger on deletion', trigger('tricky', 'AFTER DELETE'), 'tricky'],
    ['a trigger on insertion', trigger('tricky', 'BEFORE INSERT OR UPDATE'), 'tricky'],
    ['a trigger for each statement', trigger('tricky', 'AFTER DELETE').replace('EACH ROW', 'EACH STATEMENT'), 'tricky'],
    [
      'a constraint trigger',
      trigger('tricky', 'AFTER DELETE').replace('CREATE TRIGGER', 'CREATE CONSTRAINT TRIGGER'),
      'tricky',
    ],
    [
      'a trigger that always acts',
      `${trigger('tricky', 'AFTER DELETE')} ALTER TABLE blobs ENABLE ALWAYS TRIGGER tricky`,
      'tricky',
    ],
    ['a rule', 'CREATE RULE shy AS ON DELETE TO blobs DO ALSO NOTIFY blobs', 'shy'],
  ])('is refused until it is declared: %s', async (_, sql, name) => {
    await plantOrphans(ground);
    const before = await rows(ground);
    await ground.sql(sql);
    for (const mode of ['report', 'enforce'] as const) {
      const report = await sweep(ground, { mode });
      expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining(`put back: ${name}.`) });
    }
    expect(await sweep(ground, declared(['another']))).toMatchObject({ verdict: 'refused' });
    expect([changes(ground), await rows(ground)]).toEqual([[], before]);
    expect(targets(await sweep(ground, declared([name])), 'quarantine', 'done')).toEqual([key('orphan')]);
  });

  it('is of no concern where it acts on neither, or is switched off', async () => {
    await plantOrphans(ground);
    await ground.sql(trigger('tricky', 'AFTER UPDATE OR TRUNCATE').replace('EACH ROW', 'EACH STATEMENT'));
    await ground.sql(`${trigger('off', 'AFTER DELETE')} ALTER TABLE blobs DISABLE TRIGGER off`);
    expect(targets(await sweep(ground), 'quarantine', 'done')).toEqual([key('orphan')]);
  });

  it('does not stand in the way back', async () => {
    await plantOrphans(ground);
    const before = await rows(ground);
    const { runId } = await sweep(ground);
    await ground.sql(trigger('tricky', 'BEFORE INSERT'));
    expect(await undo(ground, runId)).toMatchObject({ verdict: 'acted' });
    expect(await rows(ground)).toEqual(before);
  });

  it('is seen on what inherits from the table, too', async () => {
    await plantOrphans(ground);
    await ground.sql(
      'CREATE TABLE more_blobs () INHERITS (blobs); GRANT SELECT ON more_blobs TO nightshift_blobs_reader',
    );
    try {
      await ground.sql(trigger('tricky', 'AFTER DELETE').replace('ON blobs', 'ON more_blobs'));
      expect(await sweep(ground)).toMatchObject({ verdict: 'refused', because: expect.stringContaining('tricky') });
    } finally {
      await ground.sql('DROP TABLE more_blobs');
    }
  });
});
