import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../../functions/runtime/html.ts';

describe('a page', () => {
  it('joins its parts, and lists of them', () => {
    const cells = ['a', 'b'].map((name) => html`<td>${name}</td>`);
    expect(html`<tr>${cells}</tr><p>${7}</p>`.text).toBe('<tr><td>a</td><td>b</td></tr><p>7</p>');
  });

  it('shows a name that looks like a script as the name that it is', () => {
    const name = `<script>alert("x")</script> & 'y'`;
    expect(html`<td title="${name}">${name}</td>`.text).toBe(
      '<td title="&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62; &#38; &#39;y&#39;">&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62; &#38; &#39;y&#39;</td>',
    );
  });

  it('never lets a value open a tag, close an attribute or begin an entity of its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', '#', ';') }), (value) => {
        const { text } = html`${value}`;
        expect(text.replaceAll(/&#\d+;/g, '')).not.toMatch(/[<>"'&]/);
      }),
    );
  });

  it('does not take an object of the same form for its own', () => {
    const forged = { text: '<script>' } as unknown as string;
    expect(() => html`${forged}`.text).toThrow();
  });
});
