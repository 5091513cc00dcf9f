/** A sweep, and what a writer does meanwhile, in every order. */
import { expect } from 'vitest';
import type { Report } from '../../../functions/runtime/report.ts';
import { key, type Sweeping } from './sweeping.ts';

export type Point = { call: number; when: 'before' | 'after' };
export type Writer = { first: () => Promise<unknown>; second: () => Promise<unknown> };

/** `prepare` puts the orphan with this content where a sweep will take it, in an account where nothing has happened yet. */
export type Stage = {
  ground: Sweeping;
  content: string;
  prepare: () => Promise<unknown>;
  sweep: () => Promise<Report>;
};

/** The moments of a sweep from its look at the orphan to its last word about it: before and after each request. */
export async function moments({ ground, content, prepare, sweep }: Stage): Promise<Point[]> {
  await prepare();
  const before = ground.aws.requests().length;
  ground.aws.faults.clear();
  await sweep();
  const requests = ground.aws.requests().slice(before);
  const first = requests.findIndex(
    ({ operation, resource }) => operation === 'HeadObject' && resource.endsWith(key(content)),
  );
  const last = requests.findLastIndex(({ resource }) => resource.endsWith('/taken.json'));
  expect(last - first).toBeGreaterThan(5);
  const calls = Array.from({ length: last - first + 1 }, (_, index) => first + index + 1);
  return calls.flatMap((call) => [
    { call, when: 'before' as const },
    { call, when: 'after' as const },
  ]);
}

/** One sweep, with the two steps of a writer at these moments. */
export async function between(stage: Stage, writer: Writer, [first, second]: [Point, Point?]): Promise<void> {
  const { ground, prepare, sweep } = stage;
  await prepare();
  const { faults } = ground.aws;
  faults.clear();
  faults.hold(first, async () => void (await writer.first()));
  if (second) faults.hold(second, async () => void (await writer.second()));
  const report = await sweep();
  expect(report.verdict).toMatch(/^(acted|clean)$/);
  faults.clear();
}

export async function everyTwo(stage: Stage, writer: Writer, check: (at: [Point, Point]) => Promise<void>) {
  const points = await moments(stage);
  let tried = 0;
  for (const [index, first] of points.entries()) {
    for (const second of points.slice(index)) {
      await between(stage, writer, [first, second]);
      await check([first, second]);
      tried += 1;
    }
  }
  return tried;
}
