/** An account with a bucket of backups in it, and ways to say when and what. */
import { Source, type SourceOf } from '../../../../functions/backup-verification/contract.ts';
import type { Looked } from '../../../../functions/backup-verification/looked.ts';
import { useAccount } from '../../runtime/account.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const LOOKING = { runId: 'a run', memory: undefined };

/** Each bucket belongs to one test. */
export function usePlanting(options: { clockSkewMs?: number } = {}) {
  const account = useAccount(options);
  let buckets = 0;
  const bucket = (more: { versioned?: boolean; keepDays?: number; noncurrentDays?: number } = {}) => {
    buckets += 1;
    const name = `backups-${buckets}`;
    account.aws.createBucket(name, { versioned: more.versioned ?? false });
    const { keepDays = 30, noncurrentDays } = more;
    account.aws.setLifecycle(name, [{ id: 'old', expireDays: keepDays, ...(noncurrentDays && { noncurrentDays }) }]);
    return name;
  };
  const ago = (ms: number) => new Date(account.aws.clock.now().getTime() - ms);
  const put = (name: string, key: string, body: string | Buffer, msAgo: number, more: object = {}) =>
    account.aws.putObject(name, key, body, { lastModified: ago(msAgo), ...more });
  return { account, bucket, ago, put, storeOf: (name: string) => ({ bucket: name, pathStyle: true }) };
}

/** As settings give it, with their defaults. */
export function sourceOf<Kind extends Source['kind']>(kind: Kind, fields: object): SourceOf<Kind> {
  return Source.parse({ kind, name: 'nightly', ...fields }) as SourceOf<Kind>;
}

/** What was found, in the order of the targets. */
export function told({ findings }: Looked): [string, string, string][] {
  return findings
    .map(({ target, severity, what }): [string, string, string] => [target, severity, what])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
