import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';
import { onceChanged, watchingRequests } from '../meanwhile.ts';
import { keysOff, plantDue, roomy, storedReports, targets } from './keys.ts';

const HALT = '/nightshift/alexander/halt';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
beforeEach(() => estate.aws.putParameter(HALT, 'run'));
afterAll(() => estate?.stop());

const enforce = () => call(estate, { mode: 'enforce', edit: roomy });

const capped = (caps: object) => (deployment: { settings: { caps: object } }) => {
  deployment.settings.caps = caps;
};

describe('F11 more keys than one run may turn off', () => {
  it.each([
    ['maxTargets', { maxTargets: 2, maxPercent: 100 }, 'The plan would change 3 targets; caps.maxTargets allows 2.'],
    [
      'maxPercent',
      { maxTargets: 9, maxPercent: 14 },
      'The plan would change 14.3 % of 21 targets; caps.maxPercent allows 14 %.',
    ],
  ])('over %s nothing is turned off, warnings and findings are told all the same', async (_, caps, because) => {
    await plantDue(estate, {
      ada: 3,
      b: 0,
      c: 0,
      d: 0,
      e: 0,
      f: 0,
      g: 0,
      h: 0,
      i: 0,
      j: 0,
      k: 0,
      l: 0,
      m: 0,
      n: 0,
      o: 0,
      p: 0,
      q: 0,
      r: 0,
    });
    const dry = await call(estate, { edit: capped(caps) });
    expect(dry).toMatchObject({
      verdict: 'findings',
      outcomes: [],
      detail: { plan: { disable: 3, tooLarge: because } },
    });
    const report = await call(estate, { mode: 'enforce', edit: capped(caps) });
    expect(report).toMatchObject({ verdict: 'refused', because, outcomes: [] });
    expect(report.findings.filter(({ severity }) => severity === 'critical')).toHaveLength(3);
    expect(await keysOff(estate)).toEqual([]);
  });

  it('at both caps exactly, all of it is done', async () => {
    const due = await plantDue(estate, {
      ada: 3,
      b: 0,
      c: 0,
      d: 0,
      e: 0,
      f: 0,
      g: 0,
      h: 0,
      i: 0,
      j: 0,
      k: 0,
      l: 0,
      m: 0,
      n: 0,
      o: 0,
      p: 0,
      q: 0,
    });
    const report = await call(estate, { mode: 'enforce', edit: capped({ maxTargets: 3, maxPercent: 15 }) });
    expect(targets(report, 'done')).toEqual(due);
  });
});

describe('F15 the halt parameter', () => {
  it('that says halt before the first key stops all of them, on purpose', async () => {
    const due = await plantDue(estate, { ada: 2 });
    estate.aws.putParameter(HALT, 'halt');
    const report = await enforce();
    expect(report).toMatchObject({ verdict: 'skipped', because: `The halt parameter ${HALT} says halt.` });
    expect(targets(report, 'skipped')).toEqual(due);
    expect(await keysOff(estate)).toEqual([]);
  });

  it.each([
    ['is missing', () => estate.aws.removeParameter(HALT)],
    ['says something else', () => estate.aws.putParameter(HALT, 'no')],
    ['may not be read', () => estate.aws.faults.deny('inactive-key-audit enforce', 'ssm:GetParameter')],
  ])('that %s means halt, and is refused because it is a fault', async (_, spoil) => {
    await plantDue(estate, { ada: 1 });
    spoil();
    const report = await enforce();
    estate.aws.faults.clear();
    expect(report.verdict).toBe('refused');
    expect(report.because).toContain(HALT);
    expect(await keysOff(estate)).toEqual([]);
  });

  it.each([
    ['set to halt', () => estate.aws.putParameter(HALT, 'halt')],
    ['removed', () => estate.aws.removeParameter(HALT)],
  ])('%s in the middle of 25 keys stops before the next ten, and the run after it does the rest', async (_, spoil) => {
    const due = await plantDue(estate, { ada: 25 });
    const report = await watchingRequests(onceChanged(3, spoil), enforce);
    expect(report.verdict).toBe('partial');
    expect(targets(report, 'done')).toEqual(due.slice(0, 10));
    expect(targets(report, 'skipped')).toEqual(due.slice(10));
    expect(await keysOff(estate)).toEqual(due.slice(0, 10));
    estate.aws.putParameter(HALT, 'run');
    expect(targets(await enforce(), 'done')).toEqual(due.slice(10));
    expect(await keysOff(estate)).toEqual(due);
  });
});

describe('F04 a deadline in the middle', () => {
  it('begins no further key, says partial, and the next run does the rest', async () => {
    const due = await plantDue(estate, { ada: 5 });
    const now = performance.now.bind(performance);
    let late = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + late);
    const isOver = () => {
      late = 55_000;
    };
    const report = await watchingRequests(onceChanged(2, isOver), enforce).finally(() => clock.mockRestore());
    expect(report).toMatchObject({ verdict: 'partial', because: expect.stringContaining('3 of the plan left') });
    expect(targets(report, 'done')).toEqual(due.slice(0, 2));
    expect(await keysOff(estate)).toEqual(due.slice(0, 2));
    expect(targets(await enforce(), 'done')).toEqual(due.slice(2));
    expect(await keysOff(estate)).toEqual(due);
    expect(storedReports(estate).map(({ verdict }) => verdict)).toEqual(['partial', 'acted']);
  });
});
