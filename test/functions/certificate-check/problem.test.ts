import { describe, expect, it } from 'vitest';
import { merged, type Problem, problem, problemOnLadder, told } from '../../../functions/certificate-check/problem.ts';

const expiring = (step: number, at = 'a:443') =>
  problemOnLadder('expiring', { step, severity: 'warning' }, 'expires', [at]);
const weak = problem('weak key', 'has a weak key', ['a:443']);

/** Nights in a row: whether each would be announced, by the rule that findings.ts has. */
function announcedOn(nights: Problem[][]): boolean[] {
  let known: { rank: number; memo?: string } | undefined;
  return nights.map((problems) => {
    const now = problems.length > 0 ? told('t', merged(problems), known) : undefined;
    const isAnnounced = now !== undefined && (known === undefined || now.rank > known.rank);
    known = now && { rank: now.rank, memo: now.memo };
    return isAnnounced;
  });
}

describe('a finding that stays for several nights', () => {
  it('F87 is announced once at each step of the ladder', () => {
    const nights = [1, 1, 1, 2, 2, 3, 3].map((step) => [expiring(step)]);
    expect(announcedOn(nights)).toEqual([true, false, false, true, false, true, false]);
  });

  it('F87 is announced again when something else is wrong with it, even something milder', () => {
    const critical = problem('wrong name', 'is for another');
    expect(announcedOn([[critical], [critical, weak], [critical, weak]])).toEqual([true, true, false]);
  });

  it('F87 is announced at the next step although something worse has been mended meanwhile', () => {
    const critical = problem('wrong name', 'is for another');
    expect(announcedOn([[critical, expiring(1)], [expiring(1)], [expiring(2)], [expiring(2)]])).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('F87 is not announced again because one more place serves the certificate', () => {
    expect(announcedOn([[expiring(1, 'a:443')], [expiring(1, 'a:443'), expiring(1, 'b:443')]])).toEqual([true, false]);
  });

  it('F87 is announced anew when it comes back after it had cleared', () => {
    expect(announcedOn([[weak], [], [weak]])).toEqual([true, false, true]);
  });
});

describe('several things wrong with one certificate', () => {
  it('are one finding, the worst first, each with its places and its remedy once', () => {
    const { finding } = told('t', merged([weak, expiring(1, 'b:443'), expiring(2, 'a:443')]), undefined);
    expect(finding.severity).toBe('warning');
    expect(finding.what).toBe('expires (b:443, a:443); has a weak key (a:443)');
    expect(finding.remedy.match(/Renew it/g)).toHaveLength(1);
  });

  it('name five places and count the others', () => {
    const many = Array.from({ length: 9 }, (_, index) => expiring(1, `host${index}:443`));
    expect(told('t', merged(many), undefined).finding.what).toMatch(/host4:443 and 4 more\)$/);
  });
});
