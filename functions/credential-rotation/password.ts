/** Fresh secrets. */
import { randomInt } from 'node:crypto';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * 32 of 62 characters are 190 bits, and none of them means anything in a URL, a password file, JSON, SQL, a shell or Redis (F34).
 * @param alphabet where a server accepts fewer characters
 */
export function newPassword(length = 32, alphabet = ALPHANUMERIC): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
