/** Verifies one dump: read to its end, restored, looked into. Each step only where the one before found nothing critical. */
import type { Scan } from '../dump/dump.ts';
import { scanDump } from '../dump/scan.ts';
import { judge } from '../restored/decide.ts';
import type { Finding } from '../runtime/report.ts';
import type { SourceOf } from './contract.ts';
import type { Looked } from './looked.ts';
import type { VerifiedDump } from './memory.ts';
import { restoreAndCheck } from './restore.ts';
import { inStore } from './sources/stores.ts';
import { sizeSaid } from './sources/words.ts';
import { tellScan } from './tell-scan.ts';
import { beforeDeadline, insideOf, OutOfTimeError, tooLarge } from './time.ts';
import { type Step, targeted, type Verified, type Verifying } from './verified.ts';

/** @throws RefusalError where the dump or the isolated PostgreSQL cannot be read: that says nothing of the dump */
export async function verifyDump(
  source: SourceOf<'dump'>,
  { looked, ...given }: Omit<Verifying, 'source'> & { looked: Looked },
): Promise<{ looked: Looked; dump: Verified }> {
  const verifying = { source, ...given };
  const before = given.notebook.memory().dumps[source.name];
  const step = await throughSteps(verifying);
  const { findings, examined = 0, ...known } = step;
  const isInOrder = !findings.some(({ severity }) => severity === 'critical');
  const dump: Verified = {
    tables: [],
    before: before?.tables ?? [],
    ...known,
    ...(isInOrder && { inOrder: remembered(verifying, step) }),
  };
  return { looked: withVerdict(looked, { verifying, findings, examined, isInOrder, before }), dump };
}

async function throughSteps(verifying: Verifying): Promise<Step> {
  const { source, newest } = verifying;
  const read = await scan(verifying);
  if ('findings' in read) return read;
  const told = tellScan(read, newest.sha256).map((one) => targeted(source, one));
  const step = { findings: told, examined: 1, tables: read.tables };
  if (told.length > 0) return step;
  if (!source.restore) return { ...step, findings: scannedOnly(verifying, read), examined: read.tables.length };
  return restoreAndCheck(verifying, read);
}

async function scan({ source, newest, run }: Verifying): Promise<Scan | Step> {
  const deadline = insideOf(run.deadline);
  const hadMs = deadline.workMs();
  try {
    return await inStore(source.store, (objects) =>
      scanDump(beforeDeadline(objects.read(newest.key, newest.version), deadline)),
    );
  } catch (error) {
    if (!(error instanceof OutOfTimeError)) throw error;
    return { findings: [targeted(source, tooLarge({ doing: 'read', bytes: newest.version.bytes, hadMs }))] };
  }
}

/** What can be asked of the rows without restoring them. */
function scannedOnly({ source, newest, notebook }: Verifying, { tables }: Scan): Finding[] {
  const facts = {
    tables: tables.map((table) => ({ ...table, root: table })),
    foreignKeys: [],
    assertions: [],
    newest: [],
  };
  const before = notebook.memory().dumps[source.name]?.tables;
  const expected = { checks: source.checks, source: source.name, before, madeAt: newest.lastModified };
  const remedy = 'Set restore and settings.scratch: only what was restored is known to restore.';
  return [
    ...judge(facts, expected),
    targeted(source, { severity: 'info', thing: 'not restored', what: 'it is whole, and was not restored', remedy }),
  ];
}

function remembered({ newest, run }: Verifying, { tables = [] }: Step): VerifiedDump {
  return {
    key: newest.key,
    madeAt: new Date(newest.lastModified).toISOString(),
    verifiedAt: run.now.toISOString(),
    tables,
  };
}

type Judged = {
  verifying: Verifying;
  findings: Finding[];
  examined: number;
  isInOrder: boolean;
  before: VerifiedDump | undefined;
};

/** A dump that is not in order brings nothing back; the last one that was does, as long as it is still there. */
function withVerdict(looked: Looked, { verifying, findings, examined, isInOrder, before }: Judged): Looked {
  const { newest } = verifying;
  const madeAt = new Date(newest.lastModified).toISOString();
  const isNewest = ({ name, at }: Looked['backups'][number]) => name === newest.key && at === madeAt;
  const isBefore = ({ name, at }: Looked['backups'][number]) => name === before?.key && at === before.madeAt;
  return {
    ...looked,
    examined: looked.examined + examined,
    findings: [...looked.findings, ...findings],
    recoveryPoint: isInOrder ? madeAt : looked.backups.find(isBefore)?.at,
    backups: looked.backups.map((backup) => {
      if (isNewest(backup)) return { ...backup, state: isInOrder ? 'verified' : 'bad' };
      return isBefore(backup) ? { ...backup, state: 'verified' } : backup;
    }),
    said: `${looked.said} ${isInOrder ? 'It is in order.' : 'It is not known to restore.'} ${sizeSaid(newest.version.bytes)} were read.`,
  };
}
