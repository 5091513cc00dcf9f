/** Nights of verification in one estate, each test with a bucket of its own, and dumps made as a test needs them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Memory } from '../../../functions/backup-verification/memory.ts';
import type { Report } from '../../../functions/runtime/report.ts';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { type StatementProxy, startProxy } from '../../../local/postgres/proxy.ts';
import { bucketOf, emptyBucket } from '../inactive-key-audit/keys.ts';
import { type Call, call } from '../invocation.ts';

const DUMPS = resolve(import.meta.dirname, '../../../local/backups/dumps');
export const ARCHIVE = readFileSync(resolve(DUMPS, 'alexander.dump'));
/** Twenty-five keys of thirteen users. */
export const PLAIN = gunzipSync(readFileSync(resolve(DUMPS, 'alexander.sql.gz'))).toString();
/** What nobody can read as a dump. */
export const GARBAGE = Buffer.from('<html>502 Bad Gateway</html>');
const HOUR_MS = 3_600_000;

/** The same dump with only so many keys in it. */
export function withKeys(count: number): string {
  const [head = '', rest = ''] = PLAIN.split(/(?<=COPY public\.access_keys .*\n)/);
  const end = rest.indexOf('\\.\n');
  return (
    head +
    rest
      .slice(0, end)
      .split('\n')
      .slice(0, count)
      .map((line) => `${line}\n`)
      .join('') +
    rest.slice(end)
  );
}

export type Night = {
  estate: Estate;
  /** Before the isolated PostgreSQL. */
  proxy: StatementProxy;
  /** This test's own. */
  bucket: string;
  put(key: string, body: Buffer | string, hoursAgo?: number): void;
  /** Has the one dump, or those of these fields, verified. */
  verify(options?: Call & { sources?: object[] }): Promise<Report>;
  /** What settings say of the nightly dump, with other fields in their place. */
  nightly(fields?: object): object;
  memory(): Memory | null;
};

export function useNights({ versioned = true } = {}): Night {
  const night = {} as Night;
  let tests = 0;
  beforeAll(async () => {
    const throughIsolated = async (server: Parameters<typeof startProxy>[0]['server']) => {
      night.proxy = await startProxy({ server });
      return night.proxy;
    };
    night.estate = await startEstate({ withBackups: true, throughIsolated });
  }, 60_000);
  beforeEach(() => {
    const { aws } = night.estate;
    night.bucket = `nightly-${++tests}`;
    aws.createBucket(night.bucket, { versioned });
    aws.setLifecycle(night.bucket, [{ id: 'old', expireDays: 30, ...(versioned && { noncurrentDays: 7 }) }]);
    aws.faults.clear();
    emptyBucket(night.estate);
  });
  afterAll(async () => {
    await night.proxy?.stop();
    await night.estate?.stop();
  });
  Object.assign(night, actsOf(night));
  return night;
}

function actsOf(night: Night): Pick<Night, 'put' | 'verify' | 'nightly' | 'memory'> {
  const nightly = (fields: object = {}) => {
    const { settings } = night.estate.settingsOf('backup-verification') as { settings: { sources: object[] } };
    return { ...settings.sources[0], store: { bucket: night.bucket }, ...fields };
  };
  return {
    nightly,
    put: (key, body, hoursAgo = 1) => {
      const { aws } = night.estate;
      const lastModified = new Date(aws.clock.now().getTime() - hoursAgo * HOUR_MS);
      aws.putObject(night.bucket, key, body, { lastModified });
    },
    verify: ({ sources = [nightly()], edit, ...options } = {}) =>
      call(night.estate, {
        runbook: 'backup-verification',
        ...options,
        edit: (deployment) => {
          deployment.settings.sources = sources;
          // Two days may be lost, so that only what a test is about is found.
          deployment.settings.objectives = [{ protects: 'database', rpoMinutes: 2880 }];
          edit?.(deployment);
        },
      }),
    memory: () => {
      const objects = night.estate.aws.objects(bucketOf(night.estate));
      const object = objects.find(({ key }) => key === 'state/backup-verification/memory.json');
      return JSON.parse(object?.body.toString() ?? 'null');
    },
  };
}

/** As in `critical nightly: file`. */
export function told({ findings }: Report): string[] {
  return findings.map(({ severity, target }) => `${severity} ${target}`);
}

export function findingOf({ findings }: Report, target: string): Report['findings'][number] {
  const found = findings.find((finding) => finding.target === target);
  if (found === undefined)
    throw new Error(`nothing was found at ${target}, but at ${findings.map((one) => one.target)}`);
  return found;
}

/** A function that is told that its time is over as soon as PostgreSQL was sent this; enough to tidy up is left. */
export function untilSent({ proxy }: Night, statement: RegExp): () => number {
  const before = proxy.count();
  const isSent = () =>
    proxy
      .statements()
      .slice(before)
      .some((text) => statement.test(text));
  return () => (isSent() ? 30_000 : 120_000);
}

/** What was sent to the isolated PostgreSQL meanwhile. */
export async function statementsOf<Result>({ proxy }: Night, work: () => Promise<Result>) {
  const before = proxy.count();
  const result = await work();
  return { result, statements: proxy.statements().slice(before) };
}

/** Of a run that ended by itself, and found nothing wrong. */
export function expectInOrder(report: Report): void {
  expect([report.because, told(report)]).toEqual([undefined, []]);
}
