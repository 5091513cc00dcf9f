/** AWS Certificate Manager over JSON 1.1, as far as reading what it holds. */
import { certificateDetail, certificateSummary, keyType, statusOf } from './acm-answers.ts';
import type { CertificateStore, StoredCertificate } from './certificate-store.ts';
import { type JsonObject, json11, json11Error, parseJsonObject, requiredString } from './json-protocol.ts';
import { JSON11_REFUSALS } from './json-refusals.ts';
import { pageOf } from './pages.ts';
import { type Estate, inRegionOf, type Operation, type Service } from './service.ts';
import { NotModelledError, refuseUnmodelled, ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';

const TARGET = 'CertificateManager.';
/** What a list holds unless it is asked for more: an account whose keys are EC or RSA 4096 looks empty. */
const KEY_TYPES_BY_DEFAULT = ['RSA_1024', 'RSA_2048'];
/** What AWS takes when it is not told is not documented; 1,000 is the most that it can be told. */
const PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

const MEMBERS = {
  ListCertificates: ['CertificateStatuses', 'CertificateKeyPairOrigins', 'Includes', 'NextToken', 'MaxItems'],
  DescribeCertificate: ['CertificateArn'],
  GetCertificate: ['CertificateArn'],
};
type Name = keyof typeof MEMBERS;

export function createAcm(estate: Estate, store: CertificateStore): Service {
  return {
    name: 'acm',
    operations: Object.keys(MEMBERS),
    isInEveryRegion: true,
    refusals: JSON11_REFUSALS,
    identify: (request) => identify(request, inRegionOf(request, estate), store),
    renderError: json11Error,
  };
}

function identify(request: WireRequest, estate: Estate, store: CertificateStore): Operation {
  const name = (request.headers['x-amz-target'] ?? '').replace(TARGET, '') as Name;
  const operation = `acm:${name}`;
  if (!Object.hasOwn(MEMBERS, name)) throw new NotModelledError(operation);
  const input = parseJsonObject(request);
  refuseUnmodelled({ operation, kind: 'parameter', given: Object.keys(input), modelled: MEMBERS[name] });
  return {
    name,
    permissions: [
      { action: operation, resource: name === 'ListCertificates' ? '*' : requiredString(input, 'CertificateArn') },
    ],
    changing: false,
    run: () => json11(OPERATIONS[name]({ input, estate, store })),
  };
}

type Asked = { input: JsonObject; estate: Estate; store: CertificateStore };

const OPERATIONS: Record<Name, (asked: Asked) => JsonObject> = {
  ListCertificates: (asked) => {
    const size = pageSize(asked.input.MaxItems);
    const page = pageOf(listed(asked), { token: asked.input.NextToken as string | undefined, size });
    if (page === undefined) throw invalid('NextToken is none that this list gave out');
    const now = asked.estate.clock.now();
    const CertificateSummaryList = page.items.map((certificate) => certificateSummary(certificate, now));
    return { CertificateSummaryList, ...(page.next === undefined ? {} : { NextToken: page.next }) };
  },
  DescribeCertificate: (asked) => ({ Certificate: certificateDetail(found(asked), asked.estate.clock.now()) }),
  GetCertificate: (asked) => {
    const { status, pem, chainPem } = found(asked);
    if (status === 'PENDING_VALIDATION') {
      throw new ServiceError({ code: 'RequestInProgressException', status: 400 }, 'the certificate is not issued yet');
    }
    return { Certificate: pem, ...(chainPem === undefined ? {} : { CertificateChain: chainPem }) };
  },
};

function found({ input, estate, store }: Asked): StoredCertificate {
  return store.find(estate.region, requiredString(input, 'CertificateArn'));
}

function listed({ input, estate, store }: Asked): StoredCertificate[] {
  const includes = (input.Includes ?? {}) as JsonObject;
  const kind = 'filter';
  refuseUnmodelled({ operation: 'acm:ListCertificates', kind, given: Object.keys(includes), modelled: ['keyTypes'] });
  const keyTypes = (includes.keyTypes ?? KEY_TYPES_BY_DEFAULT) as string[];
  const statuses = input.CertificateStatuses as string[] | undefined;
  const origins = input.CertificateKeyPairOrigins as string[] | undefined;
  const now = estate.clock.now();
  return store
    .all(estate.region)
    .filter((certificate) => keyTypes.includes(keyType(certificate)))
    .filter((certificate) => statuses?.includes(statusOf(certificate, now)) ?? true)
    .filter((certificate) => origins?.includes(certificate.renewal ? 'AWS_MANAGED' : 'CUSTOMER_PROVIDED') ?? true);
}

function pageSize(asked: unknown): number {
  if (asked === undefined) return PAGE_SIZE;
  if (Number.isInteger(asked) && Number(asked) >= 1 && Number(asked) <= MAX_PAGE_SIZE) return Number(asked);
  throw invalid(`MaxItems must be 1 to ${MAX_PAGE_SIZE}`);
}

function invalid(message: string): ServiceError {
  return new ServiceError({ code: 'ValidationException', status: 400 }, message);
}
