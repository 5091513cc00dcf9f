/** A credential that only an HTTP API can make. The one API that is known so far is Akamai’s, whose requests EdgeGrid signs. */
import * as z from 'zod';
import { Database } from '../../runtime/contract.ts';
import { OverlapHours, RotatedSecret, Telling } from '../contract.ts';

export const Secret = z.strictObject({
  ...RotatedSecret.shape,
  /** Where it may log in, as `.edgerc` spells it: somebody who can write the secret must not choose the server (F39). */
  host: z
    .string()
    .regex(/^[a-z0-9.-]+(:\d{1,5})?$/, 'a host name in small letters, such as akab-….luna.akamaiapis.net'),
  /** PEM certificates to trust instead of the public CAs. */
  caPem: Database.shape.caPem,
  /** A path that a new credential must be able to GET, such as `/papi/v1/contracts`; without it, it lists its client’s credentials. */
  work: z
    .string()
    .max(2_000)
    .regex(/^\/[\x21-\x7e]*$/, 'a path from its first /, without spaces')
    .optional(),
});
export type Secret = z.infer<typeof Secret>;

export const Settings = z.strictObject({
  ...Telling.shape,
  overlapHours: OverlapHours,
  secrets: z.array(Secret).min(1).max(100),
});
export type Settings = z.infer<typeof Settings>;

export { Input } from '../contract.ts';
