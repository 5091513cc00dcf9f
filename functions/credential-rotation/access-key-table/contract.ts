/** Access keys that a system keeps in a table of its own, their secrets encrypted under its master key. */
import * as z from 'zod';
import { Keys, Owners } from '../../key-table/contract.ts';
import { Database, SecretReference, SqlIdentifier } from '../../runtime/contract.ts';
import { OverlapHours, RotatedSecret, Telling } from '../contract.ts';

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

function isVerified(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || LOOPBACK.has(hostname);
}

/** Where the system itself answers. It stands here, so whoever can write a secret cannot choose who is asked (F39). */
const Endpoint = z.strictObject({
  url: z.url({ protocol: /^https?$/, abort: true }).refine(isVerified, 'must be https, except for a loopback host'),
  /** As the system expects it in a signature. */
  region: z.string().min(1).default('us-east-1'),
  /** PEM certificates to trust instead of those that Node brings. */
  caPem: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
});

const columns = z.array(SqlIdentifier).max(50);

const KeyColumns = z.strictObject({
  ...Keys.shape,
  /** Holds base64 of nonce, ciphertext and tag. */
  secret: SqlIdentifier,
  /** What a new key takes over from the one that it replaces, besides its owner. */
  copied: columns.default([]),
  /** What the table fills in by itself. A column that is nowhere in settings is refused: it may be what a key is allowed to do. */
  filled: columns.default([]),
});

export const Secret = z.strictObject({
  ...RotatedSecret.shape,
  /** Whose key it is: a name where `owners` is set, else what the owner column holds. Nobody else’s key is ever replaced (F39). */
  owner: z.string().min(1).max(255),
  /** How the fields are called in which the secret holds the two. */
  fields: z
    .strictObject({ keyId: z.string().min(1), secret: z.string().min(1) })
    .refine(({ keyId, secret }) => keyId !== secret, 'must be two fields')
    .default({ keyId: 'access_key', secret: 'secret_key' }),
  /** A bucket that the new key must be able to list. */
  workBucket: z
    .string()
    .regex(/^[A-Za-z0-9._-]{3,63}$/, 'a bucket’s name: letters, digits, dots, hyphens and underscores')
    .optional(),
});
export type Secret = z.infer<typeof Secret>;

export const Settings = z.strictObject({
  ...Telling.shape,
  overlapHours: OverlapHours,
  database: Database,
  /** A secret that holds the key under which the table’s secrets are encrypted: 32 bytes, in base64 or hexadecimal. */
  masterKey: SecretReference,
  keys: KeyColumns,
  owners: Owners.optional(),
  /** Where the system allows so many only: a rotation needs one more than the owner has between rotations. */
  maxActiveKeysPerOwner: z.int().min(2).max(100).optional(),
  endpoint: Endpoint,
  secrets: z.array(Secret).min(1).max(100),
});
export type Settings = z.infer<typeof Settings>;

export { Input } from '../contract.ts';
