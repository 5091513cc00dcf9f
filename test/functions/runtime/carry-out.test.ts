import { describe, expect, it } from 'vitest';
import { carryOut } from '../../../functions/runtime/carry-out.ts';
import { RefusalError } from '../../../functions/runtime/errors.ts';
import type { Halt } from '../../../functions/runtime/halt.ts';
import type { Outcome } from '../../../functions/runtime/report.ts';

const outcomeOf = (target: string, status: Outcome['status'], error?: string): Outcome => ({
  target,
  action: 'disable',
  why: 'idle',
  status,
  ...(error !== undefined && { error }),
});
const targets = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);
const GO: Halt = { go: true };
const HALTED: Halt = { go: false, kind: 'halted', because: 'The parameter says halt.' };
const UNREADABLE: Halt = { go: false, kind: 'unreadable', because: 'It cannot be read.' };

type Course = {
  items: string[];
  halts?: Halt[];
  worksFor?: number;
  act?: (item: string) => Promise<Outcome>;
  begun?: string[];
};

/** What was carried out, and what was really done. */
async function carried({ items, halts = [], worksFor = 1_000, act, begun = [] }: Course) {
  const acted: string[] = [];
  const guards = {
    halt: async () => halts.shift() ?? GO,
    deadline: { remainingMs: () => 60_000, workMs: () => (acted.length < worksFor ? 60_000 : 5_999) },
  };
  const doIt = async (item: string) => {
    acted.push(item);
    return act ? act(item) : outcomeOf(item, 'done');
  };
  return { acted, ...(await carryOut(guards, { items, outcomeOf, act: doIt, begun: (item) => begun.includes(item) })) };
}

const statuses = (outcomes: Outcome[]) => outcomes.map(({ status }) => status);

describe('a plan', () => {
  it('is carried out whole, in order', async () => {
    const { acted, outcomes, ending, settled } = await carried({ items: targets(25) });
    expect(acted).toEqual(targets(25));
    expect(statuses(outcomes)).toEqual(Array(25).fill('done'));
    expect({ ending, settled }).toEqual({ ending: undefined, settled: true });
  });

  it('F15 is not begun where halt was set before', async () => {
    const { acted, outcomes, ending } = await carried({ items: targets(3), halts: [HALTED] });
    expect(acted).toEqual([]);
    expect(statuses(outcomes)).toEqual(['skipped', 'skipped', 'skipped']);
    expect(ending).toEqual({ verdict: 'skipped', because: HALTED.because });
  });

  it('F15 is not begun, and that is a fault, where the brake cannot be read', async () => {
    const { acted, ending } = await carried({ items: targets(3), halts: [UNREADABLE] });
    expect(acted).toEqual([]);
    expect(ending?.verdict).toBe('refused');
  });

  it.each([HALTED, UNREADABLE])('F15 stops before the next batch when halt says $kind in mid-run', async (halt) => {
    const { acted, outcomes, ending } = await carried({ items: targets(25), halts: [GO, halt] });
    expect(acted).toEqual(targets(10));
    expect(statuses(outcomes)).toEqual([...Array(10).fill('done'), ...Array(15).fill('skipped')]);
    expect(ending).toEqual({ verdict: 'partial', because: halt.go ? '' : halt.because });
  });

  it('F45 what is half done already is finished first, halted or not, and nothing else is begun', async () => {
    const { acted, outcomes, ending } = await carried({ items: targets(4), halts: [HALTED], begun: ['k1', 'k3'] });
    expect(acted).toEqual(['k1', 'k3']);
    expect(outcomes.map(({ target, status }) => `${target} ${status}`)).toEqual([
      'k1 done',
      'k3 done',
      'k0 skipped',
      'k2 skipped',
    ]);
    expect(ending).toEqual({ verdict: 'partial', because: HALTED.because });
  });

  it('F04 has nothing new begun when time runs out, and says what is left', async () => {
    const { acted, outcomes, ending } = await carried({ items: targets(5), worksFor: 3 });
    expect(acted).toEqual(targets(3));
    expect(statuses(outcomes)).toEqual(['done', 'done', 'done', 'skipped', 'skipped']);
    expect(ending).toMatchObject({ verdict: 'partial', because: expect.stringContaining('2 of the plan left') });
  });

  it('F14 ends at the first target whose fate is not known, which is for the next run to settle', async () => {
    const act = async (item: string) => {
      if (item === 'k1') throw new RefusalError('the reply was lost');
      return outcomeOf(item, 'done');
    };
    const { acted, outcomes, ending, settled } = await carried({ items: targets(4), act });
    expect(acted).toEqual(['k0', 'k1']);
    expect(statuses(outcomes)).toEqual(['done', 'failed', 'skipped', 'skipped']);
    expect(ending).toMatchObject({ verdict: 'failed', because: expect.stringContaining('the reply was lost') });
    expect(settled).toBe(false);
  });
});
