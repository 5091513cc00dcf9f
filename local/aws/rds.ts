/** Amazon RDS over the query protocol, as far as reading instances and certificate authorities. */
import type { Ca, DatabaseStore, DbInstance } from './database-store.ts';
import { pageOf } from './pages.ts';
import { type Form, parseQuery, queryAnswer, queryError, queryRefusals } from './query-protocol.ts';
import { arn, type Estate, inRegionOf, type Operation, type Service } from './service.ts';
import { ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';
import { element } from './xml.ts';

const NAMESPACE = 'http://rds.amazonaws.com/doc/2014-10-31/';
const MIN_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

const PARAMETERS = {
  DescribeDBInstances: ['DBInstanceIdentifier', 'MaxRecords', 'Marker'],
  DescribeCertificates: ['CertificateIdentifier', 'MaxRecords', 'Marker'],
};
type Name = keyof typeof PARAMETERS;

export function createRds(estate: Estate, store: DatabaseStore): Service {
  return {
    name: 'rds',
    operations: Object.keys(PARAMETERS),
    isInEveryRegion: true,
    refusals: queryRefusals('AccessDenied'),
    identify: (request) => identify(request, inRegionOf(request, estate), store),
    renderError: (error) => queryError(error, NAMESPACE),
  };
}

function identify(request: WireRequest, estate: Estate, store: DatabaseStore): Operation {
  const { name, operation, form } = parseQuery(request, { name: 'rds', parameters: PARAMETERS });
  // IAM has no resource for the authorities; all instances at once are asked for as `db:*`.
  const resource = name === 'DescribeCertificates' ? '*' : instanceArn(estate, form.get('DBInstanceIdentifier') ?? '*');
  return {
    name,
    permissions: [{ action: operation, resource }],
    changing: false,
    run: () => queryAnswer({ name, result: OPERATIONS[name](form, estate, store), namespace: NAMESPACE }),
  };
}

/** An identifier may be given as the instance's ARN. */
function instanceArn(estate: Estate, identifier: string): string {
  return identifier.startsWith('arn:') ? identifier : arn(estate, 'rds', `db:${identifier.toLowerCase()}`);
}

/** Each gives the XML of its result. */
const OPERATIONS: Record<Name, (form: Form, estate: Estate, store: DatabaseStore) => string> = {
  DescribeDBInstances: (form, estate, store) => {
    const all = store.instances(estate.region);
    const wanted = form.get('DBInstanceIdentifier');
    const chosen = wanted === undefined ? all : all.filter((instance) => instance.arn === instanceArn(estate, wanted));
    if (wanted !== undefined && chosen.length === 0) throw notFound('DBInstanceNotFound', `DBInstance ${wanted}`);
    const { items, next } = readPage(chosen, form);
    return `<DBInstances>${items.map(instanceXml).join('')}</DBInstances>${element('Marker', next)}`;
  },
  DescribeCertificates: (form, estate, store) => {
    const all = store.cas(estate.region);
    const wanted = form.get('CertificateIdentifier')?.toLowerCase();
    const chosen = all.filter(({ identifier }) => identifier === (wanted ?? identifier));
    if (wanted !== undefined && chosen.length === 0) throw notFound('CertificateNotFound', `Certificate ${wanted}`);
    const { items, next } = readPage(chosen, form);
    const byDefault = element('DefaultCertificateForNewLaunches', all.find(({ isDefault }) => isDefault)?.identifier);
    return `${byDefault}<Certificates>${items.map(caXml).join('')}</Certificates>${element('Marker', next)}`;
  },
};

function readPage<T>(all: T[], form: Form): { items: T[]; next?: string } {
  const size = Number(form.get('MaxRecords') ?? MAX_PAGE_SIZE);
  if (!Number.isInteger(size) || size < MIN_PAGE_SIZE || size > MAX_PAGE_SIZE) {
    throw invalid(`MaxRecords must be ${MIN_PAGE_SIZE} to ${MAX_PAGE_SIZE}`);
  }
  return pageOf(all, { token: form.get('Marker'), size }) ?? refuseMarker();
}

function instanceXml(instance: DbInstance): string {
  const { host, port } = instance.endpoint;
  const signed =
    element('CAIdentifier', instance.caIdentifier) +
    element('ValidTill', instance.serverCertificateValidTill.toISOString());
  const content = [
    element('DBInstanceIdentifier', instance.identifier),
    element('DBInstanceArn', instance.arn),
    element('DbiResourceId', instance.resourceId),
    element('Engine', instance.engine),
    element('DBInstanceStatus', 'available'),
    `<Endpoint>${element('Address', host)}${element('Port', port)}</Endpoint>`,
    element('CACertificateIdentifier', instance.caIdentifier),
    `<CertificateDetails>${signed}</CertificateDetails>`,
  ];
  return `<DBInstance>${content.join('')}</DBInstance>`;
}

function caXml(ca: Ca): string {
  const content = [
    element('CertificateIdentifier', ca.identifier),
    element('CertificateType', 'CA'),
    element('Thumbprint', ca.thumbprint),
    element('ValidFrom', ca.validFrom.toISOString()),
    element('ValidTill', ca.validTill.toISOString()),
    element('CertificateArn', ca.arn),
    element('CustomerOverride', false),
  ];
  return `<Certificate>${content.join('')}</Certificate>`;
}

function notFound(code: string, what: string): ServiceError {
  return new ServiceError({ code, status: 404 }, `${what} not found.`);
}

function refuseMarker(): never {
  throw invalid('Marker is none that this list gave out');
}

function invalid(message: string): ServiceError {
  return new ServiceError({ code: 'InvalidParameterValue', status: 400 }, message);
}
