/** What a certificate check is told: by its deployment (`Settings`) and by one invocation (`Input`). */
import * as z from 'zod';
import { Arn, BaseInput, SecretReference } from '../runtime/contract.ts';

const Protocol = z.enum(['tls', 'https', 'redis', 'postgres', 'smtp']);

/** Days before the end at which a certificate is told about again. */
const Ladder = z
  .array(z.int().min(1).max(825))
  .min(1)
  .max(9)
  .refine((days) => days.every((day, index) => index === 0 || day < (days[index - 1] ?? 0)), {
    error: 'must descend, as in [30, 14, 7, 1]',
  });

const ACM_ARN = /^arn:aws[a-z-]*:acm:([a-z0-9-]+):/;

const Host = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9._:-]+$/, 'a name (in punycode, xn--…), or an address (IPv6 without brackets)');

export const Endpoint = z.strictObject({
  host: Host,
  port: z.int().min(1).max(65535),
  /** The name to ask for (SNI) and to expect in the certificate, where it is not `host`. */
  serverName: Host.optional(),
  /** How TLS begins: at once (tls, https, redis), or after a request in plain text (postgres, smtp). */
  protocol: Protocol.default('tls'),
  ladderDays: Ladder.optional(),
  /** A name in `trust`; the public roots by default. */
  trust: z.string().min(1).optional(),
  /** The ACM certificate that should be served here. */
  certificateArn: Arn.regex(ACM_ARN, 'the ARN of an ACM certificate').optional(),
});
export type Endpoint = z.infer<typeof Endpoint>;

const Pem = z.strictObject({ pem: z.string().includes('-----BEGIN CERTIFICATE-----') });
export const Trust = z.union([Pem, SecretReference]);
export type Trust = z.infer<typeof Trust>;

const Regions = z.array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, such as eu-central-1'));
const Cidr = z.union([z.cidrv4(), z.cidrv6()], 'an address range, such as 10.0.0.0/8 or fd00::/8');

export const Settings = z
  .strictObject({
    endpoints: z.array(Endpoint).max(2000).default([]),
    /** A JSON list of endpoints in S3, for more of them; where both name one, the settings' is taken. */
    endpointList: z
      .strictObject({ bucket: z.string().min(3), key: z.string().min(1), kmsKeyArn: Arn.optional() })
      .optional(),
    /** PEM certificates, as they are or in a secret, to be trusted by the endpoints that name them. */
    trust: z.record(z.string().min(1), Trust).default({}),
    ladderDays: Ladder.default([30, 14, 7, 1]),
    /** How long one address may take in all, from looking up its name to the end of the handshake. */
    timeoutMs: z.int().min(100).max(60_000).default(5_000),
    /** How many addresses are looked at at once. Lambda allows 1,024 open files. */
    concurrency: z.int().min(1).max(512).default(256),
    /** Private ranges, or loopback, that names may resolve to. A name that resolves to any other is refused. */
    allowedPrivateRanges: z.array(Cidr).default([]),
    /** Inside the system's VPC, or outside of any. */
    placement: z.enum(['public', 'private']),
    /** What can be reached from there. Lambda outside a VPC has no IPv6. */
    addressFamilies: z
      .array(z.enum(['ipv4', 'ipv6']))
      .min(1)
      .default(['ipv4']),
    /** ACM is read in these regions, and in us-east-1, where CloudFront keeps its certificates. */
    acm: z.strictObject({ regions: Regions }).optional(),
    /** `trustBundle`: the certificates that the databases' clients were given. */
    rds: z.strictObject({ regions: Regions.min(1), trustBundle: Trust.optional() }).optional(),
    /** A metric for each certificate's name. Each costs money. */
    metricPerCertificate: z.boolean().default(false),
  })
  .superRefine((settings, context) => {
    for (const [index, endpoint] of settings.endpoints.entries()) {
      for (const [field, message] of Object.entries(unusable(endpoint, settings))) {
        context.addIssue({ code: 'custom', path: ['endpoints', index, field], message });
      }
    }
  });
export type Settings = z.infer<typeof Settings>;

/** What an endpoint names and the rest of the settings do not have, by field. */
export function unusable(
  { trust, certificateArn }: Pick<Endpoint, 'trust' | 'certificateArn'>,
  settings: { trust: Record<string, unknown>; acm?: { regions: string[] } | undefined },
): { trust?: string; certificateArn?: string } {
  const region = ACM_ARN.exec(certificateArn ?? '')?.[1];
  const regions = settings.acm ? [...settings.acm.regions, 'us-east-1'] : [];
  return {
    ...(trust !== undefined &&
      !Object.hasOwn(settings.trust, trust) && {
        trust: `must be one of the names in trust: ${Object.keys(settings.trust).join(', ') || 'there are none'}`,
      }),
    ...(region !== undefined &&
      !regions.includes(region) && { certificateArn: `needs ${region} to be one of acm.regions` }),
  };
}

export const Input = BaseInput;
export type Input = z.infer<typeof Input>;

const Row = z.strictObject({
  /** The first few of them. */
  names: z.array(z.string()),
  issuer: z.string(),
  /** SHA-256, in hexadecimal. */
  fingerprint: z.string(),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime(),
  /** The earliest end on the verified path to a trusted root; absent where there is no such path. */
  chainNotAfter: z.iso.datetime().optional(),
  /** Days until the earlier of both; negative where it is over. */
  daysLeft: z.number(),
  /** The severity of its finding. */
  severity: z.enum(['info', 'warning', 'critical']).optional(),
  /** `host:port at address`, the first few of them. */
  served: z.array(z.string()),
  /** How many places serve it. */
  places: z.int(),
  /** Where ACM has it, what uses it (ARNs, the first few), and how ACM’s renewal is getting on. */
  acm: z.array(z.strictObject({ arn: z.string(), usedBy: z.array(z.string()), renewal: z.string().optional() })),
});
export type Row = z.infer<typeof Row>;

const Instance = z.strictObject({
  id: z.string(),
  region: z.string(),
  ca: z.string(),
  caUntil: z.iso.datetime().optional(),
  serverUntil: z.iso.datetime().optional(),
});

/** What the report's `detail` holds, and the page draws. */
export const Detail = z.strictObject({
  endpoints: z.int(),
  addresses: z.int(),
  /** Soonest to end first; the first 200 of them. */
  certificates: z.array(Row),
  /** Every certificate is in the object, one as JSON on each line. */
  all: z.strictObject({ certificates: z.int(), storedAt: z.string() }),
  instances: z.array(Instance),
  /** Addresses that this placement cannot reach, the first 100 of them. */
  notLookedAt: z.strictObject({ total: z.int(), shown: z.array(z.string()) }),
  ladderDays: z.array(z.int()),
  now: z.iso.datetime(),
});
export type Detail = z.infer<typeof Detail>;
