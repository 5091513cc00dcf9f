import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DumpItem } from '../../../functions/dump/dump.ts';
import { readDump } from '../../../functions/dump/read.ts';
import { scanDump } from '../../../functions/dump/scan.ts';
import { useIsolated } from '../scratch/isolated.ts';
import { briefly, copy, dumpOf, restore, rowsIn, sql } from './dumps.ts';

const isolated = useIsolated();
const fixture = (name: string) => createReadStream(resolve(import.meta.dirname, '../../fixtures/dumps', name));

/** Lets time run out when so many items have been asked for. */
function cutShort(items: AsyncIterable<DumpItem>, after: number) {
  let given = 0;
  const workMs = () => (given > after ? 0 : 20_000);
  async function* counted() {
    for await (const item of items) {
      given += 1;
      yield item;
    }
  }
  return { items: counted(), deadline: { workMs, remainingMs: workMs } };
}

async function itemsIn(name: string): Promise<number> {
  let items = 0;
  for await (const item of readDump(fixture(name))) {
    if (item.kind === 'copy') for await (const _ of item.data);
    items += 1;
  }
  return items;
}

describe('F79 a restore that ran out of time', () => {
  it.each([
    'everything-18.dump',
    'everything-18-inserts.dump',
  ])('of %s goes on in the next invocation, wherever it stopped, to the same end', {
    timeout: 120_000,
  }, async (name) => {
    const { tables } = await scanDump(fixture(name));
    const total = await itemsIn(name);
    let stopped = 0;
    for (let after = 1; after < total; after += Math.ceil(total / 12)) {
      const { items, deadline } = cutShort(readDump(fixture(name)), after);
      const first = await restore(isolated, items, { deadline });
      if (first.reached === 'deadline') stopped += 1;
      const skip = new Set(first.done);
      const second = await restore(isolated, readDump(fixture(name), { skip }), {
        into: first.database,
        isResumed: true,
      });
      expect(second.reached).toBe('end');
      expect(briefly(second).filter((said) => !said.startsWith('harmless'))).toEqual([]);
      expect(second.done.filter((entry) => skip.has(entry))).toEqual([]);
      for (const { schema, table, rows } of tables) {
        const quoted = [schema, table].map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
        const count = `SELECT count(*)::int FROM ONLY ${quoted}`;
        expect([after, table, ...(await rowsIn(isolated, first.database, count))]).toEqual([after, table, [rows]]);
      }
      await isolated.admin.query(`DROP DATABASE "${first.database}" WITH (FORCE)`);
    }
    expect(stopped).toBeGreaterThan(3);
  });

  it('has the rows of one entry all or not at all', async () => {
    const insert = (entry: number, id: number) => ({
      sql: `INSERT INTO public.t VALUES (${id})`,
      at: `entry ${entry}`,
      entry,
    });
    const many = Array.from({ length: 40_000 }, (_, id) => insert(7, id));
    const { items, deadline } = cutShort(
      dumpOf(
        sql('CREATE TABLE public.t (id integer)'),
        { kind: 'statements', statements: [insert(6, -1), ...many.slice(0, 20_000)] },
        { kind: 'statements', statements: many.slice(20_000) },
      ),
      2,
    );
    const restored = await restore(isolated, items, { deadline });
    expect(restored).toMatchObject({ reached: 'deadline', done: [6], mayGoOn: true });
    expect(await rowsIn(isolated, restored.database, 'SELECT id FROM t')).toEqual([[-1]]);
  });

  it('may not go on where PostgreSQL had all rows of an entry and did not answer', { timeout: 40_000 }, async () => {
    // A deferred trigger works when the rows are to be kept.
    const slow = sql(
      'CREATE TABLE public.t (id integer)',
      'CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$',
      'CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON public.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.slow()',
      `DO $$ BEGIN PERFORM set_config('statement_timeout', '0', false); END $$`,
      // What a batch sets lasts as long as its transaction did well: so it ends here.
      'COMMIT',
    );
    for (const rows of [
      { ...copy('t', ['1']), entry: 3 },
      {
        kind: 'statements' as const,
        statements: [{ sql: 'INSERT INTO public.t VALUES (1)', at: 'entry 3', entry: 3 }],
      },
    ]) {
      const restored = await restore(isolated, dumpOf(slow, rows, sql('SELECT 1')), { workMs: 2_500 });
      expect(restored).toMatchObject({ reached: 'deadline', mayGoOn: false, done: [] });
      await isolated.admin.query(`DROP DATABASE "${restored.database}" WITH (FORCE)`);
    }
  });

  it('F71 hears what PostgreSQL says only when the rows of an entry are to be kept', async () => {
    const restored = await restore(
      isolated,
      dumpOf(
        sql(
          'CREATE TABLE public.p (id integer PRIMARY KEY)',
          'CREATE TABLE public.c (p integer REFERENCES public.p DEFERRABLE INITIALLY DEFERRED)',
        ),
        { kind: 'statements', statements: [{ sql: 'INSERT INTO public.c VALUES (1)', at: 'entry 3', entry: 3 }] },
      ),
    );
    expect(briefly(restored)).toEqual(['corruption 23503 COMMIT']);
  });

  it('is not told that something is there twice, but a new one is', async () => {
    const table = sql('CREATE TABLE public.t (id integer)');
    const first = await restore(isolated, dumpOf(table));
    const again = await restore(isolated, dumpOf(table), { into: first.database, isResumed: true });
    expect(briefly(again)).toEqual(['harmless 42P07 CREATE TABLE public.t (id integer)']);
    const anew = await restore(isolated, dumpOf(table), { into: first.database });
    expect(briefly(anew)).toEqual(['corruption 42P07 CREATE TABLE public.t (id integer)']);
  });
});
