import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Severity } from '../../../functions/runtime/contract.ts';
import { type Found, openFindings } from '../../../functions/runtime/findings.ts';
import { openStore } from '../../../functions/runtime/store.ts';
import { useAccount } from './account.ts';

const account = useAccount();
const finding = (target: string, severity: Severity) => ({
  severity,
  target,
  what: `${target} is ${severity}`,
  remedy: 'mend it',
});

type Seen = Record<string, Severity | 'fine' | 'remembered'>;

/** One run that looks at these targets; `told: false` dies before its ledger is stored. */
async function look(ledgerKey: string, seen: Seen, { told = true } = {}): Promise<Found> {
  const findings = await openFindings(openStore(account.bucket), ledgerKey);
  try {
    for (const [target, state] of Object.entries(seen)) {
      await findings.ready(target);
      if (state === 'fine') findings.look(target, {});
      else if (state === 'remembered') findings.look(target, { memo: 'warned' });
      else findings.look(target, { finding: finding(target, state) });
      await findings.drained();
    }
    const found = await findings.finish(`${ledgerKey}.all`);
    if (told) await findings.remember();
    return found;
  } finally {
    await findings.discard();
  }
}

const changesOf = ({ changes }: Found) => changes.shown.map(({ kind, target }) => `${target} ${kind}`);
const stored = (key: string) => {
  const object = account.aws.objects(account.bucket).find((candidate) => candidate.key === key);
  return (
    object &&
    gunzipSync(object.body)
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  );
};

describe('what changed since the last run', () => {
  it('F87 is that a finding appeared, worsened or cleared, and each is told once', async () => {
    expect(changesOf(await look('l1', { a: 'warning', b: 'info', c: 'fine' }))).toEqual(['a appeared', 'b appeared']);
    expect(changesOf(await look('l1', { a: 'warning', b: 'info', c: 'fine' }))).toEqual([]);
    expect(changesOf(await look('l1', { a: 'critical', b: 'info', c: 'warning' }))).toEqual([
      'a worsened',
      'c appeared',
    ]);
    // A finding that got better is still one; nobody is told, and worse is told again.
    expect(changesOf(await look('l1', { a: 'warning', b: 'info', c: 'warning' }))).toEqual([]);
    expect(changesOf(await look('l1', { a: 'critical', b: 'fine' }))).toEqual(['a worsened', 'b cleared', 'c cleared']);
    expect(changesOf(await look('l1', {}))).toEqual(['a cleared']);
    expect(changesOf(await look('l1', {}))).toEqual([]);
  });

  it('F14 is told again by the next run when this one dies before its ledger is stored', async () => {
    await look('l2', { a: 'warning' }, { told: false });
    expect(changesOf(await look('l2', { a: 'warning' }))).toEqual(['a appeared']);
  });

  it('leaves out what was only remembered', async () => {
    expect(changesOf(await look('l3', { a: 'remembered' }))).toEqual([]);
    expect(stored('l3')).toEqual([{ target: 'a', rank: 0, memo: 'warned' }]);
    expect(changesOf(await look('l3', {}))).toEqual([]);
  });

  it('is shown for every severity, even where one of them has more than a report shows', async () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`c${1000 + n}`, 'critical' as const]));
    const { changes } = await look('l4', { ...many, d: 'warning', e: 'info' });
    expect(changes.total).toBe(152);
    expect(changes.shown.map(({ target }) => target)).toEqual(expect.arrayContaining(['c1000', 'd', 'e']));
    expect(changes.shown).toHaveLength(102);
  });

  it('F01 is not put on record over another run’s ledger', async () => {
    const store = openStore(account.bucket);
    const ours = await openFindings(store, 'l5');
    ours.look('a', { finding: finding('a', 'warning') });
    await ours.finish('l5.all');
    await look('l5', { b: 'warning' });
    await expect(ours.remember()).rejects.toMatchObject({ name: 'EvidenceError' });
    await ours.discard();
    expect(stored('l5')).toEqual([{ target: 'b', rank: 2 }]);
  });
});

describe('a list of findings', () => {
  it('of a hundred is shown whole and not stored beside', async () => {
    const seen = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${1000 + n}`, 'info' as const]));
    const found = await look('m1', seen);
    expect(found.shown).toHaveLength(100);
    expect(stored('m1.all')).toBeUndefined();
  });

  it('of more is cut, the worst first, and all of it is stored', async () => {
    const seen: Seen = Object.fromEntries(
      Array.from({ length: 130 }, (_, n) => [`k${1000 + n}`, n % 13 === 0 ? 'critical' : 'info']),
    );
    const found = await look('m2', seen);
    expect(found.counts).toEqual({ info: 120, warning: 0, critical: 10 });
    expect(found.shown).toHaveLength(100);
    expect(found.shown.slice(0, 11).map(({ severity }) => severity)).toEqual([...Array(10).fill('critical'), 'info']);
    expect(stored('m2.all')?.map(({ target }) => target)).toEqual(Object.keys(seen));
  });

  it('F63 must be of targets that ascend', async () => {
    await expect(look('m3', { b: 'info', a: 'info' })).rejects.toMatchObject({ name: 'RefusalError' });
  });
});
