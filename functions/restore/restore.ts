/** Restores a dump into a scratch database, and reads everything that PostgreSQL has against it (F71). */
import type { Defect, DumpItem, TableName } from '../dump/dump.ts';
import { DumpError } from '../dump/dump-error.ts';
import type { Deadline } from '../runtime/deadline.ts';
import { type Session, wasTooLate } from '../runtime/postgres.ts';
import { writeLargeObject } from './large-object.ts';
import { OutOfTimeError } from './out-of-time.ts';
import { openProblems, type Problem, type Problems } from './problems.ts';
import { openSender, type Sender } from './sender.ts';
import { psqlCommandOf } from './withhold.ts';

type Restoring = {
  /** The session's own: the restore ends with it. */
  deadline: Deadline;
  /** What the dump says of the versions that made it, such as `17.5`. */
  madeBy: (string | undefined)[];
  /** Whether this database holds a part of the same dump already. */
  isResumed?: boolean;
  /** Whether what makes room for others was found missing here before, such as an extension. */
  isLacking?: boolean;
};

export type Restored = {
  /** `defect`: the dump itself could not be read further. */
  reached: 'end' | 'deadline' | 'defect';
  defect?: Defect;
  /** Of COPY, by PostgreSQL's own count, in the order of the dump. */
  tables: (TableName & { rows: number })[];
  /** Of INSERTs, in all tables. */
  insertedRows: number;
  largeObjects: number;
  counts: Problems['counts'];
  /** The first of each class. */
  problems: Problem[];
  /** Entries of an archive that are restored to their end: what the next invocation may skip, in the same database. */
  done: number[];
  /**
   * Whether the next invocation may go on behind `done`. It must not where PostgreSQL had all rows of an entry and the deadline came
   * before its answer: then they may be there or not.
   */
  mayGoOn: boolean;
};

/**
 * What goes wrong with a statement is counted, and the rest carried on with.
 * @throws RefusalError when the connection is lost before the deadline: that says nothing of the dump
 */
export async function restoreDump(
  session: Session,
  items: AsyncIterable<DumpItem>,
  { deadline, madeBy, isResumed = false, isLacking = false }: Restoring,
): Promise<Restored> {
  const isNewer = Math.max(0, ...madeBy.map(majorOf)) > (await majorOfServer(session));
  const problems = openProblems({ isNewer, isLacking, isResumed });
  const sender = openSender({ session, deadline, problems });
  const work: Work = { session, problems, sender, tables: new Map(), largeObjects: 0 };
  const reached = await carryOut(items, work);
  return {
    ...reached,
    tables: [...work.tables.values()],
    insertedRows: sender.rows(),
    largeObjects: work.largeObjects,
    counts: problems.counts,
    problems: problems.kept,
    done: sender.done(),
    mayGoOn: reached.reached === 'deadline' && !sender.isInDoubt(),
  };
}

type Work = {
  session: Session;
  problems: Problems;
  sender: Sender;
  tables: Map<string, TableName & { rows: number }>;
  largeObjects: number;
};

async function carryOut(items: AsyncIterable<DumpItem>, work: Work): Promise<Pick<Restored, 'reached' | 'defect'>> {
  try {
    for await (const item of items) await carryOutOne(item, work);
    await work.sender.enter(undefined);
    await work.sender.settle();
    return { reached: 'end' };
  } catch (error) {
    if (error instanceof DumpError) return { reached: 'defect', defect: error.defect };
    // At the deadline our own side destroys the connection, which is not the server's doing.
    if (error instanceof OutOfTimeError || wasTooLate(error)) return { reached: 'deadline' };
    throw error;
  }
}

async function carryOutOne(item: DumpItem, work: Work): Promise<void> {
  switch (item.kind) {
    case 'statements':
      for (const statement of item.statements) {
        const room = work.sender.take(statement);
        if (room) await room;
      }
      return;
    case 'copy':
      return copy(item, work);
    case 'large object':
      await work.sender.enter(item.entry);
      return writeOne(item, work);
    case 'psql command':
      return work.problems.withheld({ sql: item.text, at: item.at }, psqlCommandOf(item.text));
  }
}

type ItemOf<Kind extends DumpItem['kind']> = Extract<DumpItem, { kind: Kind }>;

async function copy(item: ItemOf<'copy'>, { problems, sender, tables }: Work): Promise<void> {
  const { rows, complaint } = await sender.copy(item);
  if (complaint) problems.complained(item, complaint);
  const { schema, table } = item.table;
  const key = JSON.stringify([schema, table]);
  tables.set(key, { schema, table, rows: rows + (tables.get(key)?.rows ?? 0) });
}

async function writeOne(item: ItemOf<'large object'>, work: Work): Promise<void> {
  const { complaint } = await work.sender.alone(async () => ({
    complaint: await writeLargeObject(work.session, item),
  }));
  if (complaint) work.problems.complained({ sql: `SELECT pg_catalog.lo_put(${item.oid})`, at: item.at }, complaint);
  else work.largeObjects += 1;
}

function majorOf(version: string | undefined): number {
  return Number.parseInt(version ?? '0', 10) || 0;
}

async function majorOfServer(session: Session): Promise<number> {
  const [row] = await session.query<{ version: string }>(
    `SELECT pg_catalog.current_setting('server_version_num') AS version`,
  );
  return Math.floor(Number(row?.version) / 10_000);
}
