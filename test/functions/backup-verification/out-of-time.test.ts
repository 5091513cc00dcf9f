import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Detail } from '../../../functions/backup-verification/detail.ts';
import { callsOf, crashAt, type Ground } from '../crash.ts';
import { bucketOf } from '../inactive-key-audit/keys.ts';
import { killables } from '../killable.ts';
import {
  ARCHIVE,
  expectInOrder,
  findingOf,
  type Night,
  PLAIN,
  statementsOf,
  told,
  untilSent,
  useNights,
} from './night.ts';
import { passHours, scratchDatabases } from './scratch.ts';

const night = useNights();

/** Keys come before users, in either format. */
const FIRST_COPY = /^COPY public\.access_keys/;
const copies = (statements: string[]) => statements.filter((text) => text.startsWith('COPY '));
/** One that could not be finished: its first table is in. */
const begun = () => night.verify({ remainingMs: untilSent(night, FIRST_COPY) });

describe('F04 F79 a restore for which there is not enough time', () => {
  it('of a plain dump is critical, says the limit, and leaves nothing behind', async () => {
    night.put('dumps/1.dump', PLAIN);
    const { result, statements } = await statementsOf(night, begun);
    expect(copies(statements)).toHaveLength(1);
    expect(findingOf(result, 'nightly: not verified')).toMatchObject({
      severity: 'critical',
      what: expect.stringMatching(/^it could not be restored in the .* that one invocation has for it: /),
      remedy: expect.stringMatching(/timeout.*15 minutes.*custom format/s),
    });
    expect(findingOf(result, 'database: recovery point').what).toMatch(/^there is no point/);
    expect(await scratchDatabases(night.estate)).toEqual([]);
    expect(night.memory()).not.toHaveProperty('going');
  });

  it('of an archive goes on in the next invocation, in the same database, where it stopped', async () => {
    night.put('dumps/1.dump', ARCHIVE);
    const first = await begun();
    expect(findingOf(first, 'nightly: not verified')).toMatchObject({
      severity: 'critical',
      what: expect.stringMatching(/^dumps\/1\.dump is not verified yet: \d+ entries of it are restored/),
      remedy: expect.stringContaining('next invocation'),
    });
    const going = night.memory()?.going;
    expect(await scratchDatabases(night.estate)).toEqual([going?.scratch]);
    const { result, statements } = await statementsOf(night, () => night.verify());
    expectInOrder(result);
    expect(statements.filter((text) => /^CREATE DATABASE/.test(text))).toEqual([]);
    expect(copies(statements)).toEqual([expect.stringContaining('COPY public.users')]);
    expect(Detail.parse(result.detail).sources[0]?.tables).toEqual([
      { schema: 'public', table: 'access_keys', rows: 25 },
      { schema: 'public', table: 'users', rows: 13 },
    ]);
    // What the invocation before took of it counts as well.
    expect(result.metrics.RestoreDuration?.value).toBeGreaterThan((going?.spentMs ?? 0) / 1000);
    expect(await scratchDatabases(night.estate)).toEqual([]);
    expect(night.memory()).not.toHaveProperty('going');
  });

  it('of which the dump was replaced meanwhile begins anew, and what was begun is swept', async () => {
    night.put('dumps/1.dump', ARCHIVE, 2);
    await begun();
    const [old] = await scratchDatabases(night.estate);
    night.put('dumps/2.dump', ARCHIVE, 1);
    const { result, statements } = await statementsOf(night, () => night.verify());
    expectInOrder(result);
    expect(copies(statements)).toHaveLength(2);
    expect(await scratchDatabases(night.estate)).toEqual([old]);
    await passHours(night.estate, 7);
    const next = await night.verify();
    expectInOrder(next);
    expect(next.outcomes).toEqual([expect.objectContaining({ action: 'drop', status: 'done' })]);
    expect(await scratchDatabases(night.estate)).toEqual([]);
  });

  it('that left none to look into it goes on with that', async () => {
    night.put('dumps/1.dump', ARCHIVE);
    const first = await night.verify({ remainingMs: untilSent(night, /pg_catalog\.count\(\*\)/) });
    // What was asked too late is not called damage.
    expect(told(first)).toEqual(['critical database: recovery point', 'critical nightly: not verified']);
    const { result, statements } = await statementsOf(night, () => night.verify());
    expectInOrder(result);
    expect(copies(statements)).toEqual([]);
  });

  it('is not swept while it goes on, however old it is', async () => {
    night.put('dumps/1.dump', ARCHIVE);
    await begun();
    await passHours(night.estate, 7);
    const [aged = ''] = await scratchDatabases(night.estate);
    rename(night, aged);
    const { result, statements } = await statementsOf(night, () => night.verify());
    expectInOrder(result);
    expect(result.outcomes).toEqual([]);
    expect(copies(statements)).toHaveLength(1);
  });

  it('tells in the end what was found in its first part', async () => {
    night.put('dumps/1.dump', tampered());
    const tried = 'nightly: restore, what it tried';
    expect(findingOf(await begun(), tried).what).toContain('ALTER SYSTEM');
    const last = await night.verify();
    expect(told(last)).toContain(`critical ${tried}`);
    expect(told(last)).not.toContain('critical nightly: not verified');
    expect(night.memory()?.dumps).toEqual({});
  });
});

/** A statement in the archive's table of contents, before the data, is another one now. */
function tampered(): Buffer {
  const statement = `ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);`;
  const at = ARCHIVE.indexOf(statement);
  if (at < 0) throw new Error('the archive has no such statement');
  const body = Buffer.from(ARCHIVE);
  body.write(`ALTER SYSTEM SET log_statement = 'none';`.padEnd(statement.length), at);
  return body;
}

/** Lets the memory follow a database whose name a test has changed. */
function rename({ estate, memory }: Night, scratch: string): void {
  const known = memory();
  if (known?.going === undefined) throw new Error('nothing goes on');
  const body = JSON.stringify({ ...known, going: { ...known.going, scratch } });
  estate.aws.putObject(bucketOf(estate), 'state/backup-verification/memory.json', body);
}

describe('F14 a run that dies while it goes on with a restore', () => {
  let threads: ReturnType<typeof killables>;
  beforeAll(() => {
    threads = killables(night.estate, {
      runbook: 'backup-verification',
      mode: 'report',
      edit: (deployment) => {
        deployment.settings.sources = [night.nightly({ store: { bucket: 'going-on' } })];
        deployment.settings.objectives = [];
      },
    });
    night.estate.aws.createBucket('going-on', { versioned: true });
    night.estate.aws.setLifecycle('going-on', [{ id: 'old', expireDays: 30, noncurrentDays: 7 }]);
    const lastModified = new Date(night.estate.aws.clock.now().getTime() - 3_600_000);
    night.estate.aws.putObject('going-on', 'dumps/1.dump', ARCHIVE, { lastModified });
  });
  afterAll(() => threads?.remove());

  const sources = () => [night.nightly({ store: { bucket: 'going-on' } })];
  const invocation = { event: {}, timeoutMs: 60_000 };

  it('is followed by one that begins anew: nobody knows which rows are in that database', async () => {
    const { estate, proxy } = night;
    if (estate.isolated === undefined) throw new Error('no isolated server');
    const ground: Ground = { estate, proxy, admin: estate.isolated.server.admin };
    const start = () => night.verify({ sources: sources(), remainingMs: untilSent(night, FIRST_COPY) });
    await start();
    const calls = await callsOf(ground, threads.make(), invocation);
    const rows = calls.filter(({ text }) => text === '(CopyDone)').at(0);
    if (rows === undefined) throw new Error('the good run copied no rows');
    expectInOrder(await night.verify({ sources: sources() }));
    await start();
    const [begunIn] = await scratchDatabases(estate);
    // The rows are in, and nobody heard of it.
    await crashAt(ground, threads.make(), { ...invocation, point: { ...rows, when: 'reply lost' } });
    expect(await scratchDatabases(estate)).toEqual([begunIn]);
    estate.aws.clock.advance(65_000);
    const next = await night.verify({ sources: sources() });
    expectInOrder(next);
    await passHours(estate, 7);
    expectInOrder(await night.verify({ sources: sources() }));
    estate.aws.clock.advance(-65_000);
    expect(await scratchDatabases(estate)).toEqual([]);
  });

  it('or loses PostgreSQL, is followed by one that begins anew', async () => {
    night.put('dumps/1.dump', ARCHIVE);
    await begun();
    const before = night.proxy.count();
    // Not the first that it sends: there it would not have begun yet.
    const entered = new Promise<void>((resolve) => night.proxy.failBefore(12, resolve));
    const lost = await night.verify();
    await entered;
    expect(night.proxy.count()).toBeGreaterThan(before + 12);
    expect(lost).toMatchObject({ verdict: 'refused', because: expect.stringMatching(/^nightly: /) });
    expectInOrder(await night.verify());
    await passHours(night.estate, 7);
    await night.verify();
    expect(await scratchDatabases(night.estate)).toEqual([]);
  });
});
