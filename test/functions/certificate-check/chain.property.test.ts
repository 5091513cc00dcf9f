import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../../functions/certificate-check/certificate.ts';
import { anchorsOf, verify } from '../../../functions/certificate-check/chain.ts';
import { inDays, NOW, paper } from './certificates.ts';

/**
 * A labyrinth: a few authorities that sign each other in circles, each in several certificates of different life, some of them
 * trusted, some served, in any order.
 */
const worlds = fc
  .record({
    signed: fc.array(
      fc.record({
        subject: fc.integer({ min: 0, max: 5 }),
        issuer: fc.integer({ min: 0, max: 5 }),
        from: fc.integer({ min: -900, max: 30 }),
        days: fc.integer({ min: 1, max: 1800 }),
        isCa: fc.boolean(),
        isServed: fc.boolean(),
        isTrusted: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
      }),
      { maxLength: 14 },
    ),
    leafIssuer: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ signed, leafIssuer }) => {
    const all = signed.map(({ subject, issuer, from, days, isCa, ...rest }) => ({
      ...rest,
      certificate: paper({
        subject: `CN=${subject}`,
        issuer: `CN=${issuer}`,
        notBefore: inDays(from),
        notAfter: inDays(from + days),
        isCa,
        isSelfSigned: subject === issuer,
      }),
    }));
    const leaf = paper({ subject: 'CN=leaf', issuer: `CN=${leafIssuer}` });
    const trusted = all.filter(({ isTrusted }) => isTrusted).map(({ certificate }) => certificate);
    const served = [leaf, ...all.filter(({ isServed }) => isServed).map(({ certificate }) => certificate)];
    return { served, trusted, around: { served, anchors: anchorsOf(trusted), issued, now: NOW } };
  });

/** On paper, names are all that there is. */
const issued = (issuer: Certificate, subject: Certificate) => issuer.subject === subject.issuer;

const isValid = (path: Certificate[]) => path.every(({ notBefore, notAfter }) => notBefore <= NOW && NOW <= notAfter);

/** Every path there is, found without any of the cleverness. */
function allPaths(path: Certificate[], served: Certificate[], trusted: Certificate[]): Certificate[][] {
  const last = path.at(-1) as Certificate;
  if (trusted.includes(last)) return [path];
  if (path.length === 8) return [];
  return [...new Set([...served, ...trusted])]
    .filter((next) => next.isCa && !path.includes(next) && issued(next, last))
    .flatMap((next) => allPaths([...path, next], served, trusted));
}

describe('the verified path, in any labyrinth of certificates', () => {
  it('F80 begins at the server’s own, ends at a trusted one, and each next one may sign and has signed the one before', () => {
    fc.assert(
      fc.property(worlds, ({ served, trusted, around }) => {
        const { path } = verify(around);
        if (path === undefined) return;
        expect(path[0]).toBe(served[0]);
        expect(trusted).toContain(path.at(-1));
        for (const [index, issuer] of path.slice(1).entries()) {
          expect(issuer.isCa && issued(issuer, path[index] as Certificate)).toBe(true);
        }
        expect(new Set(path).size).toBe(path.length);
      }),
    );
  });

  it('F80 is there whenever there is any, is valid whenever any is, and then lasts as long as the longest', () => {
    fc.assert(
      fc.property(worlds, ({ served, trusted, around }) => {
        const every = allPaths([served[0] as Certificate], served, trusted);
        fc.pre(every.length < 100);
        const { path, until } = verify(around);
        expect(path === undefined).toBe(every.length === 0);
        const valid = every.filter(isValid);
        expect(path !== undefined && isValid(path)).toBe(valid.length > 0);
        const ends = (valid.length > 0 ? valid : every).map((one) => Math.min(...one.map(({ notAfter }) => notAfter)));
        expect(until).toBe(ends.length === 0 ? undefined : Math.max(...ends));
      }),
    );
  });

  it('F80 leaves out exactly what was served and is not on it', () => {
    fc.assert(
      fc.property(worlds, ({ served, around }) => {
        const { nearest, unneeded } = verify(around);
        expect(new Set([...nearest, ...unneeded])).toEqual(new Set([...served, ...nearest]));
        expect(unneeded.some((certificate) => nearest.includes(certificate))).toBe(false);
      }),
    );
  });

  it('F80 does not depend on the order in which certificates are served', () => {
    fc.assert(
      fc.property(worlds, fc.infiniteStream(fc.nat()), ({ served, around }, numbers) => {
        const [leaf, ...rest] = served as [Certificate, ...Certificate[]];
        const shuffled = rest
          .map((certificate) => ({ certificate, at: numbers.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ certificate }) => certificate);
        const again = verify({ ...around, served: [leaf, ...shuffled] });
        expect(again.until).toBe(verify(around).until);
      }),
    );
  });
});

describe('a stranger’s labyrinth', () => {
  it('ends, however many certificates sign one another', () => {
    const circle = Array.from({ length: 60 }, () => paper({ subject: 'CN=x', issuer: 'CN=x', isCa: true }));
    const served = [paper({ issuer: 'CN=x' }), ...circle];
    const began = performance.now();
    const { path } = verify({ served, anchors: anchorsOf([]), issued, now: NOW });
    expect(path).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
