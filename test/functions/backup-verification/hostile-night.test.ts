import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Detail } from '../../../functions/backup-verification/detail.ts';
import { systemIdentifierOf } from '../../../local/backups/isolated.ts';
import { bucketOf } from '../inactive-key-audit/keys.ts';
import { watchingRequests } from '../meanwhile.ts';
import { linesWritten } from '../runtime/stdout.ts';
import { ARCHIVE, expectInOrder, findingOf, GARBAGE, PLAIN, statementsOf, told, useNights, withKeys } from './night.ts';
import { onIsolated, plantForeign, scratchDatabases } from './scratch.ts';

const night = useNights();
const MADE = join(tmpdir(), 'nightshift-test-psql-was-here');
afterAll(() => rmSync(MADE, { force: true }));

afterEach(async () => {
  for (const name of await scratchDatabases(night.estate)) await onIsolated(night.estate, `DROP DATABASE "${name}"`);
});

const made = (statements: string[]) => statements.filter((text) => /^(CREATE|DROP) DATABASE/.test(text));

describe('F73 a dump with commands for psql', () => {
  it('is critical and never restored, nor are they carried out', async () => {
    night.put('dumps/1.dump', PLAIN.replace(/^SET lock_timeout.*$/m, `\\! touch ${MADE}`));
    const { result, statements } = await statementsOf(night, () => night.verify());
    expect(findingOf(result, 'nightly: commands for psql')).toMatchObject({
      severity: 'critical',
      what: expect.stringMatching(/^psql would carry out commands of its own .*1 seen/),
      remedy: expect.stringContaining('CVE-2025-8714'),
    });
    expect(made(statements)).toEqual([]);
    expect(existsSync(MADE)).toBe(false);
    expect(night.memory()?.dumps).toEqual({});
  });

  it('does not keep an attack from being told where it is SQL', async () => {
    night.put('dumps/1.dump', PLAIN.replace(/^SET lock_timeout.*$/m, `COPY public.users TO PROGRAM 'touch ${MADE}';`));
    expect(told(await night.verify())).toContain('critical nightly: restore, what it tried');
    expect(existsSync(MADE)).toBe(false);
    expect(await scratchDatabases(night.estate)).toEqual([]);
  });
});

describe('F70 a dump that can be scanned and not be restored', () => {
  it('is critical: in another encoding, its statements would be other ones', async () => {
    night.put('dumps/1.dump', PLAIN.replace("client_encoding = 'UTF8'", "client_encoding = 'LATIN1'"));
    const result = await night.verify();
    expect(findingOf(result, 'nightly: file')).toMatchObject({
      severity: 'critical',
      what: expect.stringMatching(/^it was not verified: .*LATIN1/),
    });
    expect(night.memory()?.dumps).toEqual({});
    expect(await scratchDatabases(night.estate)).toEqual([]);
  });
});

describe('F75 where the isolated server is the source', () => {
  it('its dump is not looked at, nothing is made or swept there, and the others are looked at', async () => {
    const { estate } = night;
    const systemIdentifier = await systemIdentifierOf(estate.isolated?.server as never);
    const foreign = await plantForeign(estate);
    night.put('dumps/1.dump', ARCHIVE);
    night.put('maintenance/alexander.sql.gz', PLAIN);
    estate.aws.setLifecycle(night.bucket, [{ id: 'old', noncurrentDays: 30, expireDays: 30 }]);
    const fields = { name: 'maintenance', prefix: undefined, suffix: undefined, key: 'maintenance/alexander.sql.gz' };
    const checks = { tables: [{ table: 'users' }] };
    const scanned = night.nightly({ ...fields, restore: false, checks });
    const { result, statements } = await statementsOf(night, () =>
      night.verify({
        sources: [night.nightly(), scanned],
        edit: ({ settings }) => {
          settings.scratch.source.systemIdentifier = systemIdentifier;
        },
      }),
    );
    expect(told(result)).toEqual([
      'critical nightly: not looked at',
      'warning scratch: not swept',
      'info maintenance: not restored',
    ]);
    expect(findingOf(result, 'nightly: not looked at').what).toContain('it is the source itself');
    expect(statements.filter((text) => !/^\s*(SELECT|SET)\b/.test(text))).toEqual([]);
    expect(Detail.parse(result.detail).sources.find(({ source }) => source === 'maintenance')).toMatchObject({
      isUnseen: false,
      recoveryPoint: expect.any(String),
    });
    expect(await scratchDatabases(estate)).toEqual(foreign);
  });

  it('what was known to be left alone there is not called cleared', async () => {
    const { estate } = night;
    const foreign = await plantForeign(estate);
    night.put('dumps/1.dump', GARBAGE);
    const first = await night.verify();
    const target = `scratch database ${foreign.find((name) => !name.endsWith('customers'))}`;
    expect(told(first)).toContain(`warning ${target}`);
    const before = estate.aws.published().length;
    await night.proxy.die();
    expect(told(await night.verify())).toContain('warning scratch: not swept');
    await night.proxy.revive();
    const said = estate.aws
      .published()
      .slice(before)
      .map(({ message }) => message);
    expect(said.join('\n')).toContain('scratch: not swept');
    expect(said.join('\n')).not.toContain(target);
  });
});

describe('F72 a dump that is replaced while it is read', () => {
  const KEY = 'dumps/latest.dump';
  const latest = (bucket: string) =>
    night.nightly({ store: { bucket }, prefix: undefined, suffix: undefined, key: KEY });

  /** Another takes its place each time that it is asked for. */
  async function replacing(bucket: string) {
    const { aws } = night.estate;
    let asked = 0;
    const result = await watchingRequests(
      ({ method, url }) => {
        if (method !== 'GET' || !url.includes('latest.dump?') || !url.includes(bucket)) return;
        asked += 1;
        aws.putObject(bucket, KEY, withKeys(20));
      },
      () => night.verify({ sources: [latest(bucket)] }),
    );
    return { result, asked };
  }

  it('is read as the one version that it was, by the scan and by the restore', async () => {
    night.put(KEY, ARCHIVE);
    night.estate.aws.setLifecycle(night.bucket, [{ id: 'old', noncurrentDays: 30 }]);
    const { result, asked } = await replacing(night.bucket);
    expect(asked).toBeGreaterThan(1);
    expectInOrder(result);
    expect(Detail.parse(result.detail).sources[0]?.tables).toContainEqual(
      expect.objectContaining({ table: 'access_keys', rows: 25 }),
    );
    expect(night.memory()?.dumps.nightly?.tables).toContainEqual(expect.objectContaining({ rows: 25 }));
  });

  it('is not looked at where the bucket keeps no versions, and never taken for half of each', async () => {
    const bucket = `${night.bucket}-unversioned`;
    const { aws } = night.estate;
    aws.createBucket(bucket);
    aws.setLifecycle(bucket, [{ id: 'old', expireDays: 30 }]);
    aws.putObject(bucket, KEY, ARCHIVE, { lastModified: new Date(aws.clock.now().getTime() - 3_600_000) });
    const { result, asked } = await replacing(bucket);
    expect(asked).toBeGreaterThan(0);
    expect(result).toMatchObject({
      verdict: 'refused',
      because: expect.stringMatching(/^nightly: .*changed while it was being read/),
    });
    expect(await scratchDatabases(night.estate)).toEqual([]);
  });
});

describe('F16 the secret of the role, and what is in the rows', () => {
  it('are nowhere to be found, also where rows go wrong', async () => {
    const { estate } = night;
    // The second row of a key that must be unique, and one that is not of its type.
    const torn = PLAIN.replace('2\tgrace\tgrace@', '2\tada\tcanary-row@').replace(
      /^5\tdennis\t/m,
      'canary-id\tdennis\t',
    );
    const evidence: string[] = [];
    let said = '';
    for (const body of [torn, torn.replace('canary-id', '5'), PLAIN]) {
      night.put('dumps/1.dump', body);
      const { out, error } = await linesWritten(async () => evidence.push(JSON.stringify(await night.verify())));
      said += [...out, ...error].join('\n');
    }
    expect(evidence.slice(0, 2)).toEqual([
      expect.stringContaining('"nightly: restore"'),
      expect.stringContaining('"nightly: restore"'),
    ]);
    const stored = estate.aws.objects(bucketOf(estate)).map(({ key, body }) => {
      return key.endsWith('.gz') ? gunzipSync(body).toString() : body.toString();
    });
    const everything = [said, ...evidence, ...stored, JSON.stringify(estate.aws.published())].join('\n');
    expect(everything).toContain('backup-verification');
    for (const canary of [estate.isolated?.secret.password ?? '', 'canary-', 'grace', 'alexander.example', '5b37602c'])
      expect([canary, everything.includes(canary)]).toEqual([canary, false]);
    // It was in use all the time; the server does not log it either.
    expect(readFileSync(estate.isolated?.server.logPath ?? '', 'utf8')).not.toContain(estate.isolated?.secret.password);
  });
});

describe('F12 a run', () => {
  it('changes nothing but evidence, state, and scratch that it makes and drops', async () => {
    const { estate } = night;
    night.put('dumps/1.dump', ARCHIVE);
    const requests = estate.aws.requests().length;
    const before = estate.aws.objects(night.bucket);
    const { statements } = await statementsOf(night, () => night.verify());
    const changing = estate.aws
      .requests()
      .slice(requests)
      .filter((request) => request.changing);
    expect(changing.length).toBeGreaterThan(0);
    const own = /^arn:aws:s3:::alexander-evidence\/(reports|state)\/backup-verification\//;
    expect(changing.map(({ resource }) => resource).filter((resource) => !own.test(resource))).toEqual([]);
    expect(estate.aws.objects(night.bucket)).toEqual(before);
    const [create = '', drop = '', ...more] = made(statements);
    const [, name] = /^CREATE DATABASE "(nightshift_scratch_\w+)"/.exec(create) ?? [];
    expect(drop).toContain(`"${name}"`);
    expect(more).toEqual([]);
    expect(await scratchDatabases(estate)).toEqual([]);
  });
});
