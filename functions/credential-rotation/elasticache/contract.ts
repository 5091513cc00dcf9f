/** What the kinds that rotate passwords of ElastiCache are told about a cache. */
import * as z from 'zod';
import { Database } from '../../runtime/contract.ts';
import { RotatedSecret } from '../contract.ts';

/** Where a rotated secret may log in, whatever host it names (F39). Always over verified TLS: ElastiCache has no passwords without it. */
export const CacheServer = z.strictObject({
  /**
   * The endpoints: the primary’s and the reader’s, or each node’s. Every one of them is logged in to, and a password that only some of
   * them know is neither right nor wrong.
   */
  hosts: z.array(z.string().min(1)).min(1).max(50),
  port: z.int().min(1).max(65535).default(6379),
  /** PEM certificates to trust instead of those that Node ships, among which are Amazon’s. */
  caPem: Database.shape.caPem,
});
export type CacheServer = z.infer<typeof CacheServer>;

/** They only read, and each looks at one key at most. */
const READING = ['EXISTS', 'GET', 'HLEN', 'LLEN', 'SCARD', 'STRLEN', 'TTL', 'TYPE', 'XLEN', 'ZCARD'] as const;

export const CacheSecret = z.strictObject({
  ...RotatedSecret.shape,
  server: CacheServer,
  /**
   * A command that the new login must be able to run, such as `["GET", "cart:canary"]`. In cluster mode each key is on some of the nodes
   * only, and the others answer `MOVED`, which is a refusal: there it is `["PING"]`.
   */
  work: z.union([z.tuple([z.enum(READING), z.string().max(1_000)]), z.tuple([z.literal('PING')])]).default(['PING']),
  /**
   * Whether connections made before a rotation delay the end of its old password. Seeing them takes CLIENT LIST, which the login must be
   * allowed. `unseen`: it is not, and nobody looks: only `consumers` then keep the old password alive after its overlap.
   */
  connections: z.enum(['seen', 'unseen']).default('seen'),
});
export type CacheSecret = z.infer<typeof CacheSecret>;
