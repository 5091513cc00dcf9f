import { describe, expect, it } from 'vitest';
import { drawDetail } from '../../../functions/credential-rotation/page.ts';

const secret = { name: 'alexander/app', credential: 'role app', state: 'the current version works', consumers: [] };
const drawn = (more: object) => drawDetail({ secrets: [{ ...secret, ...more }] }).text;

describe('the page of a rotation', () => {
  it('shows how old a secret is beside how old it may become, and says so where the age is unknown', () => {
    expect(drawn({ ageDays: 10, maxAgeDays: 30 })).toMatch(/10\.0 of 30 days[\s\S]*class="used"/);
    expect(drawn({ ageDays: 29, maxAgeDays: 30 })).toContain('class="soon"');
    expect(drawn({ ageDays: 31, maxAgeDays: 30 })).toContain('class="idle"');
    expect(drawn({ maxAgeDays: 30 })).toContain('<td>unknown</td>');
  });

  it('says of the old credential only what is known', () => {
    expect(drawn({})).toContain('<td>–</td>');
    expect(drawn({ oldRevoked: false })).toContain('<td>not revoked yet</td>');
    expect(drawn({ oldRevoked: false, usesOfOld: 2 })).toContain('<td>not revoked yet; 2 still use it</td>');
    expect(drawn({ oldRevoked: true })).toContain('turned away when it was tried');
  });

  it('names each consumer, and whether it has said that it uses the new one', () => {
    const consumers = [
      { name: 'api', usesCurrent: true },
      { name: '<worker>', usesCurrent: false },
    ];
    expect(drawn({ consumers })).toContain('api: uses it, &#60;worker&#62;: has not said so');
  });

  it('F09 does not draw what is no detail of this runbook', () => {
    expect(() => drawDetail({ secrets: [{ name: '<script>' }] })).toThrow(/state/);
  });
});
