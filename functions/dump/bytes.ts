/** The bytes that mean something in SQL and in COPY’s text. */
const TAB = 9;
export const NEWLINE = 10;
export const RETURN = 13;
const SPACE = 32;
export const DOUBLE_QUOTE = 34;
export const DOLLAR = 36;
export const QUOTE = 39;
export const OPEN = 40;
export const CLOSE = 41;
export const STAR = 42;
export const DASH = 45;
export const SLASH = 47;
export const SEMICOLON = 59;
export const BACKSLASH = 92;

/** Of unquoted names and keywords: letters, digits, `_`, `$`, and every byte of a character beyond ASCII. */
export const isWordByte: readonly boolean[] = Array.from({ length: 256 }, (_, byte) => {
  return byte >= 0x80 || /[A-Za-z0-9_$]/.test(String.fromCharCode(byte));
});

export const isSpace = (byte: number | undefined): boolean =>
  byte === SPACE || (byte !== undefined && byte >= TAB && byte <= RETURN);

/** Past whatever may stand between two statements. */
export function pastSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && (isSpace(bytes[at]) || bytes[at] === SEMICOLON)) at += 1;
  return at;
}
