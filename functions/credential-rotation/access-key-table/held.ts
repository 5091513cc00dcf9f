/** A key and its secret, as a stored version holds them, held against what the system accepts. */
import { RefusalError } from '../../runtime/errors.ts';
import type { Credential } from '../kind.ts';
import { newPassword } from '../password.ts';
import type { Secret } from './contract.ts';

export type Pair = { keyId: string; secret: string };

const KEY_ID = /^[A-Z0-9]{20}$/;
const SECRET = /^[\x21-\x7e]{40}$/;

/** Begins like the keys that people know, and with a letter. The other 18 of 36 characters are 93 bits. */
const PREFIX = 'AK';
const KEY_ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const SECRET_LENGTH = 40;

/** @throws RefusalError naming the field, never its value */
export function readHeld(text: string, entry: Secret): Credential {
  const held = parseJson(text);
  if (typeof held !== 'object' || held === null || Array.isArray(held)) throw refusal(entry, 'is not a JSON object');
  const { keyId, secret } = pairOf(held as Credential, entry);
  if (!KEY_ID.test(keyId)) throw refusal(entry, `has no key id of 20 characters A-Z and 0-9 in ${entry.fields.keyId}`);
  if (!SECRET.test(secret)) throw refusal(entry, `has no secret of 40 characters in ${entry.fields.secret}`);
  return held as Credential;
}

export function pairOf(held: Credential, { fields }: Secret): Pair {
  return { keyId: textOf(held[fields.keyId]), secret: textOf(held[fields.secret]) };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

export function newPair(): Pair {
  const rest = newPassword(20 - PREFIX.length, KEY_ID_ALPHABET);
  return { keyId: `${PREFIX}${rest}`, secret: newPassword(SECRET_LENGTH) };
}

/** The secret's other fields stay as they are. */
export function withPair(held: Credential, { keyId, secret }: Pair, { fields }: Secret): Credential {
  return { ...held, [fields.keyId]: keyId, [fields.secret]: secret };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal({ secretArn }: Secret, what: string): RefusalError {
  return new RefusalError(`The secret ${secretArn} ${what}.`);
}
