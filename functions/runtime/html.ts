/** Text that is safe to stand in a page: a template whose values are escaped unless they are such text themselves. */

const MARK = Symbol('html');
export type Html = { [MARK]: true; text: string };
type Value = string | number | Html | readonly Html[];

/** A tagged template: html`<td>${name}</td>`. Lists of its results are joined. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  const text = strings.map((part, index) => part + (index < values.length ? textOf(values[index] ?? '') : '')).join('');
  return { [MARK]: true, text };
}

function textOf(value: Value): string {
  if (typeof value === 'object' && MARK in value) return value.text;
  if (typeof value === 'object') return value.map((item) => item.text).join('');
  return String(value).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
