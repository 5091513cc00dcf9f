/** The little XML that S3 and SNS need: writing by template, and reading the few flat documents that clients send. */

/** Text for an element's content. Control characters become references: raw ones would not survive a parser. */
function escapeXml(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be escaped
      .replace(/[\u0000-\u001f\u007f]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`)
  );
}

/** `<name>value</name>`, escaped; nothing at all for an undefined value. */
export function element(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`;
}

/** A whole document; `content` is XML already. */
export function xmlDocument(root: string, content: string, namespace?: string): string {
  const attributes = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attributes}>${content}</${root}>`;
}

/** The contents of each `<name>` in a document where no element of that name holds another of it. */
export function contentsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, inner]) => inner ?? '',
  );
}

/** Every element name that a document uses, so that one that is not modelled can be refused. */
export function elementNames(xml: string): string[] {
  return [...new Set([...xml.matchAll(/<([A-Za-z]\w*)/g)].map(([, name]) => name ?? ''))];
}

export function unescapeXml(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return named[name] ?? whole;
  });
}
