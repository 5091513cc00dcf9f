import { describe, expect, it } from 'vitest';
import { watchingRequests } from '../meanwhile.ts';
import { type Asked, call, evidence, markings, useGround } from './ground.ts';

/** The clock of the store is ahead of this machine’s. */
const ground = useGround({ clockSkewMs: 2 * 3_600_000 });
const OLD = { objectHours: 100, rowHours: 100 };
const BLOBS = [
  { content: 'kept', ...OLD, references: 100 },
  ...Array.from({ length: 100 }, (_, n) => ({ content: `orphan ${n}`, ...OLD })),
];
const COORDINATOR = '20260101T020000Z-0a1b2c3d';
const HOUR_MS = 3_600_000;

const stored = (name: RegExp) => evidence(ground.aws).filter(({ key }) => name.test(key));
const SHARDS = /\.shard-[0-9a-f]+\.json$/;

/** Only what is put is done: time is up once a shard of this name is on record. */
function untilShard(name: string, asked: Asked = {}) {
  let remainingMs = 60_000;
  const until = ({ method, url }: { method: string; url: string }) => {
    if (method === 'PUT' && url.includes(`.shard-${name}.json`)) remainingMs = 11_000;
  };
  return watchingRequests(until, () => call(ground, { ...asked, remainingMs: () => remainingMs }));
}

/** A marking of which the first shard is done, and the lease of a coordinator for another hour by the store’s clock. */
async function underWay({ holder = COORDINATOR, hours = 1 } = {}): Promise<void> {
  await ground.plant(BLOBS);
  await untilShard('0');
  const until = new Date(ground.aws.clock.now().getTime() + hours * HOUR_MS).toISOString();
  const state = { holder: { runId: holder, requestId: 'r', trigger: 'manual', until }, unfinished: [], spent: [] };
  ground.aws.putObject('alexander-evidence', 'state/orphan-blob-gc/run.json', JSON.stringify(state));
}

const part = (changes: object = {}) => ({
  event: { mode: 'report', part: { coordinator: COORDINATOR, lane: 0, lanes: 1, from: 1, upTo: 16, ...changes } },
});

async function mustRefuse(asked: Asked, because: RegExp): Promise<void> {
  const before = stored(SHARDS).length;
  const report = await call(ground, asked);
  expect([report.verdict, report.because]).toEqual(['refused', expect.stringMatching(because)]);
  expect(stored(SHARDS)).toHaveLength(before);
}

describe('a part of a marking', () => {
  it('is marked for the run that has the lease, says that it is a part, and makes nothing count', async () => {
    await underWay();
    const report = await call(ground, part());
    expect([report.verdict, report.because]).toEqual(['partial', expect.stringContaining('before 16 are done')]);
    expect(report.metrics).not.toHaveProperty('Examined');
    expect(stored(SHARDS)).toHaveLength(16);
    expect(markings(ground).counts).toBeUndefined();
  });

  it('F02 is refused where another run has the lease', async () => {
    await underWay({ holder: '20260101T030000Z-0a1b2c3d' });
    await mustRefuse(part(), /^Run 20260101T020000Z-0a1b2c3d does not hold the lease/);
  });

  it('F03 is refused where the lease of its coordinator is over, by the store’s clock', async () => {
    // By this machine’s clock, it would last for another half hour.
    await underWay({ hours: -1.5 });
    await mustRefuse(part(), /does not hold the lease/);
  });

  it.each([
    ['other columns', (settings: { references: object[] }) => settings.references.pop()],
    ['other shards', (settings: { shards: number }) => Object.assign(settings, { shards: 256 })],
    ['another prefix', (settings: { prefix: string }) => Object.assign(settings, { prefix: 'blobs/' })],
  ])('F52 is refused where settings name %s than when its marking began', async (_what, edit) => {
    await underWay();
    await mustRefuse({ ...part(), edit }, /No marking is under way with the settings of this function/);
  });

  it('F57 is refused where it asks for shards that are none: their rows would end before their objects do', async () => {
    await underWay();
    await mustRefuse(part({ upTo: 17 }), /part\.upTo: got 17, and this marking has 16 shards/);
    await mustRefuse(part({ upTo: 4096 }), /part\.upTo: got 4096/);
  });

  it('F54 is refused where references are far fewer than its coordinator counted, in any column', async () => {
    await underWay();
    await ground.sql('DELETE FROM objects WHERE ctid IN (SELECT ctid FROM objects LIMIT 30)');
    await mustRefuse(part(), /objects\.content_hash has 70, and had 100/);
  });

  it.each([
    '.marked-6.',
    '.shard-6.',
  ])('F57 fails where it cannot go on, also after some of its shards, which stay done: %s', async (name) => {
    await underWay();
    const failing = watchingRequests(
      ({ method, url }) => {
        if (method === 'PUT' && url.includes(name))
          ground.aws.faults.fail('s3:PutObject', { code: 'AccessDenied', status: 403 }, 1);
      },
      () => call(ground, part()),
    );
    expect(await failing).toMatchObject({ verdict: 'failed', because: expect.stringContaining(name) });
    expect(stored(SHARDS)).toHaveLength(6);
  });

  it('F04 is partial, and neither refused nor failed, where its time runs out after some of its shards', async () => {
    await underWay();
    expect(await untilShard('5', part())).toMatchObject({ verdict: 'partial' });
    expect(stored(SHARDS)).toHaveLength(6);
  });

  it('has its share of the requests that settings allow, as the other lanes have theirs', async () => {
    await ground.plant(Array.from({ length: 6 }, (_, n) => ({ content: `lost ${n}`, rowHours: 100, references: 1 })));
    await underWay();
    const edit = (settings: { policy: object }) => Object.assign(settings.policy, { requestsPerSecond: 100 });
    // Where its clock is so wrong, the SDK asks the same again.
    const heads = new Map<string, number>();
    const note = ({ method, url }: { method: string; url: string }) => {
      if (method === 'HEAD' && !heads.has(url)) heads.set(url, performance.now());
    };
    await watchingRequests(note, () => call(ground, { ...part({ lanes: 50 }), edit }));
    const times = [...heads.values()];
    expect(times.length).toBeGreaterThan(3);
    expect(((times.at(-1) ?? 0) - (times[0] ?? 0)) / (times.length - 1)).toBeGreaterThan(450);
  });

  it('F18 counts ages by the clock of the store, where this machine’s would call a blob young', async () => {
    await ground.plant([{ content: 'an old one', objectHours: 25, rowHours: 100 }]);
    await underWay();
    await call(ground, part());
    const verdicts = stored(SHARDS).map(({ body }) => JSON.parse(body.toString()).tally.verdicts);
    expect(verdicts.filter((one) => 'young' in one)).toEqual([]);
  });
});
