import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { hashOf } from '../../../local/blobs/schema.ts';
import { BUCKET } from './ground.ts';
import {
  act,
  again,
  age,
  key,
  markLongAgo,
  ONE_SHARD,
  readable,
  refer,
  sweep,
  TAKEN,
  takenState,
  undo,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();
const CONTENTS = ['a', 'b', 'c', 'd', 'e'];
const EDIT = {
  edit: (settings: { shards: number; policy: object }) => {
    ONE_SHARD(settings);
    Object.assign(settings.policy, { caps: { maxTargets: 100, maxPercent: 100 }, maxReferenceDropPercent: 100 });
  },
};

beforeAll(() => void vi.spyOn(console, 'log').mockReturnValue());
afterAll(() => void vi.restoreAllMocks());

const NONE_LEFT = expect.stringContaining('multipart_parts.content_hash has 0');

const content = fc.constantFrom(...CONTENTS);
const blob = fc.record({ hasRow: fc.boolean(), isReferenced: fc.boolean() });
const call = fc.integer({ min: 1, max: 60 });
const when = fc.constantFrom('before' as const, 'after' as const);

/** What writers do, all of which keep their promise; the second step comes as many calls later. */
const deed = fc.record({
  kind: fc.constantFrom('adopts', 'uploads', 'drops'),
  content,
  call,
  when,
  later: fc.integer({ min: 0, max: 20 }),
});
const fault = fc.record({ kind: fc.constantFrom('lost', 'failing', 'throttled'), call, when });
const night = fc.record({
  deeds: fc.array(deed, { maxLength: 5 }),
  faults: fc.array(fault, { maxLength: 2 }),
  marksFirst: fc.boolean(),
  undoesAfter: fc.boolean(),
});

type Deed = typeof deed extends fc.Arbitrary<infer Value> ? Value : never;
type Fault = typeof fault extends fc.Arbitrary<infer Value> ? Value : never;
type Night = typeof night extends fc.Arbitrary<infer Value> ? Value : never;

const isThere = (name: string) => readable(ground).includes(name);

async function insertRow(name: string): Promise<void> {
  const [row] = await ground.sql('SELECT FROM blobs WHERE content_hash = $1', [hashOf(name)]);
  if (row === undefined) await ground.plant([{ content: name, rowHours: 0 }]);
}

const referOnce = async (name: string) => {
  await ground.sql('DELETE FROM multipart_parts WHERE content_hash = $1', [hashOf(name)]);
  await refer(ground, name);
};

const upload = async (name: string) => ground.aws.putObject(BUCKET, key(name), name);

const FIRST: Record<string, (name: string) => Promise<unknown>> = {
  adopts: referOnce,
  uploads: upload,
  drops: (name) => ground.sql('DELETE FROM multipart_parts WHERE content_hash = $1', [hashOf(name)]),
};
const SECOND: Record<string, (name: string) => Promise<unknown>> = {
  adopts: async (name) => {
    if (isThere(name)) return;
    await upload(name);
    await insertRow(name);
  },
  uploads: async (name) => {
    await insertRow(name);
    await referOnce(name);
  },
  drops: async () => {},
};

function plan({ deeds, faults }: Night): () => Promise<void> {
  const left: (() => Promise<unknown>)[] = [];
  const once = (step: () => Promise<unknown>) => {
    let isDone = false;
    const doIt = async () => {
      if (isDone) return;
      isDone = true;
      await step();
    };
    left.push(doIt);
    return doIt;
  };
  for (const one of deeds) planDeed(one, once);
  for (const one of faults) planFault(one);
  // What the sweep was too short for happens afterwards, in its order.
  return async () => {
    for (const step of left) await step();
  };
}

function planDeed(
  { kind, content: name, call: at, when: moment, later }: Deed,
  once: (step: () => Promise<unknown>) => () => Promise<void>,
) {
  const { faults } = ground.aws;
  const first = once(async () => FIRST[kind]?.(name));
  const second = once(async () => {
    await first();
    await SECOND[kind]?.(name);
  });
  faults.hold({ call: at, when: moment }, first);
  faults.hold({ call: at + later, when: moment }, second);
}

function planFault({ kind, call: at, when: moment }: Fault): void {
  const { faults } = ground.aws;
  if (kind === 'lost') faults.lose({ call: at, when: moment });
  if (kind === 'failing')
    faults.hold({ call: at, when: 'before' }, async () =>
      faults.fail('s3:DeleteObject', { code: 'InvalidRequest', status: 400 }, 1),
    );
  if (kind === 'throttled')
    faults.hold({ call: at, when: 'before' }, async () => faults.throttle('s3:DeleteObject', 1));
}

async function live(one: Night): Promise<void> {
  if (one.marksFirst) await markLongAgo(ground, EDIT);
  ground.aws.faults.clear();
  const finishDeeds = plan(one);
  await sweep(ground, EDIT);
  ground.aws.faults.clear();
  await finishDeeds();
  const [last] = takenState(ground).sweeps.slice(-1);
  if (one.undoesAfter && last) {
    await undo(ground, last.runId, EDIT);
    age(ground, TAKEN, 1);
  }
}

async function referencedHashes(): Promise<string[]> {
  const found = await ground.sql<{ hash: string }>(
    'SELECT content_hash AS hash FROM multipart_parts UNION SELECT content_hash FROM objects WHERE content_hash IS NOT NULL',
  );
  return found.map(({ hash }) => hash);
}

it('F51 F61 whatever writers do and whatever fails, every referenced blob is there in the end, and can be read', {
  timeout: 600_000,
}, async () => {
  const blobs = fc.array(blob, { minLength: CONTENTS.length, maxLength: CONTENTS.length });
  let nights = 0;
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(blobs, fc.array(night, { minLength: 1, maxLength: 3 }), async (planted, lived) => {
      await again(ground);
      const old = (at: number) => ({ objectHours: 500, ...(planted[at]?.hasRow && { rowHours: 500 }) });
      await ground.plant(
        CONTENTS.map((name, at) => ({ content: name, ...old(at), parts: planted[at]?.isReferenced ? 1 : 0 })),
      );
      await ground.plant([{ content: 'always', objectHours: 500, rowHours: 500, references: 1 }]);
      await markLongAgo(ground, EDIT);
      for (const one of lived) await live(one);
      nights += lived.length;
      taken += takenState(ground).sweeps.length;
      const last = await sweep(ground, EDIT);
      // Where the last reference of a column was dropped, nothing more is taken; what is wanted has come back by then.
      const ending =
        last.verdict === 'refused' ? ['refused', NONE_LEFT] : [expect.stringMatching(/^(acted|clean)$/), undefined];
      expect([last.verdict, last.because]).toEqual(ending);
      const names = readable(ground);
      const there = names.map(hashOf);
      expect(there).toEqual(expect.arrayContaining(await referencedHashes()));
      expect(names.length).toBe(new Set(there).size);
      await act(ground, { event: { phase: 'mark' }, ...EDIT });
    }),
    { numRuns: 40 },
  );
  process.stdout.write(`${nights} nights with writers and faults, of which ${taken} took something\n`);
  expect(taken).toBeGreaterThan(5);
});
