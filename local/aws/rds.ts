/** Amazon RDS over the query protocol: reading instances and certificate authorities, and what its other files add. */
import type { Ca, DatabaseStore, DbInstance } from './database-store.ts';
import { parseQuery, queryAnswer, queryError, queryRefusals } from './query-protocol.ts';
import { instanceXml } from './rds-instance.ts';
import { type Asked, instanceArn, notFound, type RdsOperation, readPage } from './rds-operation.ts';
import { movedOn, RESTORES } from './rds-restores.ts';
import { SNAPSHOTS } from './rds-snapshots.ts';
import { type Estate, inRegionOf, type Operation, type Service } from './service.ts';
import type { WireRequest } from './wire.ts';
import { element } from './xml.ts';

const NAMESPACE = 'http://rds.amazonaws.com/doc/2014-10-31/';

const READS: Record<string, RdsOperation> = {
  DescribeDBInstances: {
    parameters: ['DBInstanceIdentifier', 'MaxRecords', 'Marker'],
    changing: false,
    // All instances at once are asked for as `db:*`.
    permissions: ({ form, estate }, action) => [
      { action, resource: instanceArn(estate, form.get('DBInstanceIdentifier') ?? '*') },
    ],
    run: describeInstances,
  },
  DescribeCertificates: {
    parameters: ['CertificateIdentifier', 'MaxRecords', 'Marker'],
    changing: false,
    // IAM has no resource for the authorities.
    permissions: (_asked, action) => [{ action, resource: '*' }],
    run: describeCertificates,
  },
};

const OPERATIONS: Record<string, RdsOperation> = { ...READS, ...RESTORES, ...SNAPSHOTS };
const PARAMETERS = Object.fromEntries(Object.entries(OPERATIONS).map(([name, { parameters }]) => [name, parameters]));

export function createRds(estate: Estate, store: DatabaseStore): Service {
  return {
    name: 'rds',
    operations: Object.keys(OPERATIONS),
    isInEveryRegion: true,
    refusals: queryRefusals('AccessDenied'),
    identify: (request) => identify(request, inRegionOf(request, estate), store),
    renderError: (error) => queryError(error, NAMESPACE),
  };
}

function identify(request: WireRequest, estate: Estate, store: DatabaseStore): Operation {
  const { name, operation: action, form } = parseQuery(request, { name: 'rds', parameters: PARAMETERS });
  // parseQuery has refused every name that is not in the table.
  const operation = OPERATIONS[name] as RdsOperation;
  const asked = { form, estate, store };
  return {
    name,
    permissions: operation.permissions(asked, action),
    changing: operation.changing,
    run: async () => queryAnswer({ name, result: await operation.run(asked), namespace: NAMESPACE }),
  };
}

async function describeInstances({ form, estate, store }: Asked): Promise<string> {
  const wanted = form.get('DBInstanceIdentifier');
  const chosen = store
    .instances(estate.region)
    .filter((instance) => wanted === undefined || instance.arn === instanceArn(estate, wanted));
  const there: DbInstance[] = [];
  for (const instance of chosen) {
    if (await movedOn(instance)) there.push(instance);
    else store.removeInstance(instance);
  }
  if (wanted !== undefined && there.length === 0) throw notFound('DBInstanceNotFound', `DBInstance ${wanted}`);
  const { items, next } = readPage(there, form);
  return `<DBInstances>${items.map(instanceXml).join('')}</DBInstances>${element('Marker', next)}`;
}

function describeCertificates({ form, estate, store }: Asked): string {
  const all = store.cas(estate.region);
  const wanted = form.get('CertificateIdentifier')?.toLowerCase();
  const chosen = all.filter(({ identifier }) => identifier === (wanted ?? identifier));
  if (wanted !== undefined && chosen.length === 0) throw notFound('CertificateNotFound', `Certificate ${wanted}`);
  const { items, next } = readPage(chosen, form);
  const byDefault = element('DefaultCertificateForNewLaunches', all.find(({ isDefault }) => isDefault)?.identifier);
  return `${byDefault}<Certificates>${items.map(caXml).join('')}</Certificates>${element('Marker', next)}`;
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
