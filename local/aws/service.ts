/** What every modelled service gives the server: how to tell its operations apart, and how it words its errors. */
import type { Clock } from './clock.ts';
import type { ServiceError } from './service-error.ts';
import { parseAuthorization } from './signature.ts';
import type { WireRequest, WireResponse } from './wire.ts';

/** One thing that IAM must allow, as IAM names it. */
export type Permission = { action: string; resource: string; conditions?: Record<string, string> };

/** A request understood but not yet carried out. `permissions` begins with the operation's own. */
export type Operation = {
  name: string;
  permissions: [Permission, ...Permission[]];
  changing: boolean;
  run(): WireResponse | Promise<WireResponse>;
};

/** Why a request is turned away before its operation is looked at, or by a fault that a test has set. */
export type Refusal = 'unknownKey' | 'badSignature' | 'skewed' | 'accessDenied' | 'throttled';

export type Service = {
  name: string;
  /** Names of the operations modelled, without the service. */
  operations: string[];
  /** It keeps each region's own things apart; the other services answer in the account's region only. */
  isInEveryRegion?: true;
  refusals: Record<Refusal, { code: string; status: number }>;
  /** Throws a `NotModelledError` for what the stand-in has not been taught. */
  identify(request: WireRequest): Operation;
  renderError(error: ServiceError): WireResponse;
};

/** Where the pretended account is, and its time. */
export type Estate = { region: string; account: string; clock: Clock };

/** `arn:aws:service:region:account:resource`. */
export function arn(estate: Estate, service: string, resource: string): string {
  return `arn:aws:${service}:${estate.region}:${estate.account}:${resource}`;
}

/** The same account in the region that the request was signed for, which is how AWS tells them apart behind one address. */
export function inRegionOf(request: WireRequest, estate: Estate): Estate {
  return { ...estate, region: parseAuthorization(request.headers.authorization)?.region ?? estate.region };
}
