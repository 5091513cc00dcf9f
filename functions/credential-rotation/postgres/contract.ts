/** What the kinds that rotate roles of PostgreSQL are told about a database. */
import * as z from 'zod';
import { Database } from '../../runtime/contract.ts';
import { RotatedSecret } from '../contract.ts';

/** Where a rotated secret may log in, whatever host it names: somebody who can write the secret must not choose the server (F39). */
export const Server = z.strictObject({
  hosts: z.array(z.string().min(1)).min(1).max(20),
  port: z.int().min(1).max(65535).default(5432),
  /** `off` is accepted for a loopback host only. */
  tls: Database.shape.tls,
  /** PEM certificates to trust instead of Amazon's own CAs. */
  caPem: Database.shape.caPem,
});
export type Server = z.infer<typeof Server>;

/** A role's name as PostgreSQL keeps it. Quoted wherever it is used; a name that needs more than this is more often a mistake. */
export const RoleName = z
  .string()
  .max(63)
  .regex(/^[A-Za-z_][A-Za-z0-9_$-]*$/, 'a name of letters, digits, _, $ and -, at most 63');

export const PostgresSecret = z.strictObject({
  ...RotatedSecret.shape,
  server: Server,
  /** Where the secret does not say it. */
  dbname: z.string().min(1).optional(),
  /** One statement that the new login must be able to run, in which names carry their schema; without it, it reads a row of every table that it may read, at most 20. */
  work: z.string().min(1).max(10_000).optional(),
});
export type PostgresSecret = z.infer<typeof PostgresSecret>;
