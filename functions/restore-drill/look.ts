/** Logs in to the copy and looks whether production’s data is there. The only place that knows the copy's password. */
import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { checkRestored } from '../restored/check.ts';
import type { Rows } from '../restored/rows.ts';
import { EvidenceError, RefusalError } from '../runtime/errors.ts';
import { connect, type Session } from '../runtime/postgres.ts';
import type { Finding } from '../runtime/report.ts';
import type { Seen } from '../runtime/store.ts';
import type { Source } from './choose.ts';
import { notTheCopy } from './decide.ts';
import type { Drill } from './drill.ts';
import type { Copy, Instance } from './instance.ts';

/** Small enough for a step's answer: the worst findings, the largest tables. */
export type Looked = {
  findings: Finding[];
  examined: number;
  tables: { table: string; rows: number; before?: number }[];
};

type Looking = { copy: Copy; source: Source; recoveryPoint: string };

/**
 * To be called within one step: what goes from step to step is kept in the history of the execution, so the password must be made,
 * set, used and forgotten between two of them. A second try would set another one.
 * @throws RefusalError where it is not the copy, or cannot be logged in to or read
 */
export async function lookInto(drill: Drill, { copy, source, recoveryPoint }: Looking): Promise<Looked> {
  const instance = await theCopy(drill, { copy, source });
  const session = await logIn(drill, { copy, source, instance });
  try {
    return await check(session, drill, recoveryPoint);
  } finally {
    await session.close();
  }
}

async function theCopy({ rds }: Drill, { copy, source }: Pick<Looking, 'copy' | 'source'>): Promise<Instance> {
  const instance = await rds.instance(copy.id);
  if (instance === undefined) throw new RefusalError(`${copy.id} is gone.`);
  const objection = notTheCopy(instance, { copy, source });
  if (objection !== undefined) throw new RefusalError(`${objection}, so it is left alone.`);
  return instance;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PASSWORD_LENGTH = 32;

function newPassword(): string {
  return Array.from({ length: PASSWORD_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** RDS sets a password some time after it was asked to. Nobody else knows the new one, so a login is what tells. */
const PAUSE_MS = 5_000;
const MOST_TRIES = 60;

type Entering = Omit<Looking, 'recoveryPoint'> & { instance: Instance };

async function logIn(drill: Drill, { copy, source, instance }: Entering): Promise<Session> {
  const { settings, deadline, runbook, runId } = drill;
  const { endpoint, masterUser } = instance;
  if (endpoint === undefined || masterUser === undefined) throw new RefusalError(`${copy.id} has no address.`);
  const login = { ...endpoint, user: masterUser, password: newPassword(), dbname: settings.database };
  const { caPem } = settings.copy;
  const database = { tls: 'verify-full' as const, ...(caPem !== undefined && { caPem }) };
  await drill.rds.resetPassword(copy.id, login.password);
  for (let tries = 1; ; tries += 1) {
    const now = await theCopy(drill, { copy, source });
    try {
      if (now.status === 'available')
        return await connect({ database, login, deadline, application: `nightshift ${runbook} ${runId}` });
    } catch (error) {
      if (!isWrongPassword(error)) throw error;
    }
    if (tries === MOST_TRIES) throw new RefusalError(`The new master password of ${copy.id} did not come into force.`);
    await setTimeout(PAUSE_MS);
  }
}

function isWrongPassword(error: unknown): boolean {
  return ((error as Error).cause as { code?: string } | undefined)?.code === '28P01';
}

/** The rows of the last copy that nothing was wrong with. */
const VERIFIED = 'verified.json';

async function check(session: Session, drill: Drill, recoveryPoint: string): Promise<Looked> {
  const { store, stateKey, settings, deadline } = drill;
  const seen = await store.readJson<Rows[]>(stateKey(VERIFIED));
  const { findings, tables, examined } = await checkRestored(session, {
    from: 'files',
    deadline,
    checks: settings.checks,
    source: settings.source.instance,
    before: seen.value,
    madeAt: Date.parse(recoveryPoint),
  });
  // Here and not later: what is true of this copy stays true, whatever becomes of the drill.
  if (!findings.some(({ severity }) => severity === 'critical')) await remember(drill, { seen, tables });
  return { findings: worst(findings), examined, tables: rowsOf(tables, seen.value ?? []) };
}

async function remember(
  { store, stateKey }: Drill,
  { seen, tables }: { seen: Seen<Rows[]>; tables: Rows[] },
): Promise<void> {
  const written = await store.writeJson(stateKey(VERIFIED), tables, seen);
  if (written === undefined) throw new EvidenceError(`${stateKey(VERIFIED)} was changed by another run.`);
}

/** A step may answer 256 KB in all. */
const MOST_FINDINGS = 300;
const MOST_TABLES = 500;

/** Of more than these, the rest says nothing new: the backup is broken. */
function worst(findings: Finding[]): Finding[] {
  const rank = { critical: 0, warning: 1, info: 2 };
  return findings.toSorted((a, b) => rank[a.severity] - rank[b.severity]).slice(0, MOST_FINDINGS);
}

function rowsOf(tables: Rows[], before: Rows[]): Looked['tables'] {
  const known = new Map(before.map(({ schema, table, rows }) => [`${schema}.${table}`, rows]));
  const largest = tables.toSorted((a, b) => b.rows - a.rows).slice(0, MOST_TABLES);
  return largest.map(({ schema, table, rows }) => {
    const name = `${schema}.${table}`;
    const last = known.get(name);
    return { table: name, rows, ...(last !== undefined && { before: last }) };
  });
}
