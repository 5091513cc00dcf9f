/** Where objects are kept: a bucket in S3, or in any store that speaks it. Imports only zod. */
import * as z from 'zod';
import { Arn, SecretReference } from '../runtime/contract.ts';

export const ObjectStore = z
  .strictObject({
    /** It lands in ARNs, where `*` and `?` would mean other buckets as well. */
    bucket: z
      .string()
      .min(3)
      .max(63)
      .regex(/^[A-Za-z0-9._-]+$/, 'a bucket’s name: letters, digits, dots, hyphens and underscores'),
    /** The function's own region by default. */
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, such as eu-central-1')
      .optional(),
    /** Of a store that is not AWS's. */
    endpoint: z.url({ protocol: /^https?$/ }).optional(),
    /** `https://host/bucket/key` instead of `https://bucket.host/key`. */
    pathStyle: z.boolean().default(false),
    /** A secret `{"accessKeyId": …, "secretAccessKey": …}`; by default the function's own role is used. */
    credentials: SecretReference.optional(),
    /** PEM certificates to trust at `endpoint`. */
    caPem: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
    /** The customer key that the objects are encrypted with. */
    kmsKeyArn: Arn.optional(),
  })
  .refine(({ endpoint, credentials }) => endpoint === undefined || credentials !== undefined, {
    path: ['credentials'],
    error: 'must be set with endpoint: a store that is not AWS’s does not know the function’s role',
  });
export type ObjectStore = z.infer<typeof ObjectStore>;
