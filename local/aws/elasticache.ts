/** Amazon ElastiCache over the query protocol: reading replication groups and snapshots, and what its other file adds. */
import { movedOn } from './cache-passwords.ts';
import type { CacheSnapshot, CacheStore, ReplicationGroup } from './cache-store.ts';
import { type Asked, type CacheOperation, groupNamed, PASSWORDS } from './elasticache-passwords.ts';
import { pageOf } from './pages.ts';
import { type Form, parseQuery, queryAnswer, queryError, queryRefusals } from './query-protocol.ts';
import { arn, type Estate, inRegionOf, type Operation, type Service } from './service.ts';
import { ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';
import { element } from './xml.ts';

const NAMESPACE = 'http://elasticache.amazonaws.com/doc/2015-02-02/';
const MIN_PAGE_SIZE = 20;
/** Of each list its own; beyond them ElastiCache refuses. */
const MAX_GROUPS = 100;
const MAX_SNAPSHOTS = 50;

const READS: Record<string, CacheOperation> = {
  DescribeReplicationGroups: {
    parameters: ['ReplicationGroupId', 'MaxRecords', 'Marker'],
    changing: false,
    resource: (form) => `replicationgroup:${form.get('ReplicationGroupId') ?? '*'}`,
    run: describeGroups,
  },
  DescribeSnapshots: {
    parameters: ['ReplicationGroupId', 'MaxRecords', 'Marker'],
    changing: false,
    resource: () => 'snapshot:*',
    run: describeSnapshots,
  },
};

const OPERATIONS: Record<string, CacheOperation> = { ...READS, ...PASSWORDS };
const PARAMETERS = Object.fromEntries(Object.entries(OPERATIONS).map(([name, { parameters }]) => [name, parameters]));

export function createElastiCache(estate: Estate, store: CacheStore): Service {
  return {
    name: 'elasticache',
    operations: Object.keys(OPERATIONS),
    isInEveryRegion: true,
    refusals: queryRefusals('AccessDenied'),
    identify: (request) => identify(request, inRegionOf(request, estate), store),
    renderError: (error) => queryError(error, NAMESPACE),
  };
}

function identify(request: WireRequest, estate: Estate, store: CacheStore): Operation {
  const { name, operation: action, form } = parseQuery(request, { name: 'elasticache', parameters: PARAMETERS });
  // parseQuery has refused every name that is not in the table.
  const { changing, resource, run } = OPERATIONS[name] as CacheOperation;
  return {
    name,
    permissions: [{ action, resource: arn(estate, 'elasticache', resource(form)) }],
    changing,
    run: async () => queryAnswer({ name, result: await run({ form, estate, store }), namespace: NAMESPACE }),
  };
}

async function describeGroups({ form, estate, store }: Asked): Promise<string> {
  const wanted = form.get('ReplicationGroupId');
  const chosen = wanted === undefined ? store.groups(estate.region) : [groupNamed(wanted, { estate, store })];
  for (const { tokens } of chosen) if (tokens) await movedOn(tokens);
  const { items, next } = readPage(chosen, form, MAX_GROUPS);
  return `<ReplicationGroups>${items.map(groupXml).join('')}</ReplicationGroups>${element('Marker', next)}`;
}

function describeSnapshots({ form, estate: { region }, store }: Asked): string {
  const wanted = form.get('ReplicationGroupId');
  const chosen = store.snapshots(region).filter(({ replicationGroupId: id }) => id === (wanted ?? id));
  const { items, next } = readPage(chosen, form, MAX_SNAPSHOTS);
  return `<Snapshots>${items.map(snapshotXml).join('')}</Snapshots>${element('Marker', next)}`;
}

function readPage<T>(all: T[], form: Form, most: number): { items: T[]; next?: string } {
  const size = Number(form.get('MaxRecords') ?? most);
  const page = pageOf(all, { token: form.get('Marker'), size });
  if (page !== undefined && Number.isInteger(size) && size >= MIN_PAGE_SIZE && size <= most) return page;
  const what = page === undefined ? 'Marker is none of ours' : `MaxRecords must be ${MIN_PAGE_SIZE} to ${most}`;
  throw new ServiceError({ code: 'InvalidParameterValue', status: 400 }, what);
}

function groupXml({ id, nodeGroups, snapshotRetentionDays, tokens }: ReplicationGroup): string {
  const nodes = nodeGroups.map((nodeGroup) => `<NodeGroup>${element('NodeGroupId', nodeGroup)}</NodeGroup>`);
  const content = [
    element('ReplicationGroupId', id),
    element('Status', tokens?.change ? 'modifying' : 'available'),
    `<PendingModifiedValues>${element('AuthTokenStatus', tokens?.change?.how)}</PendingModifiedValues>`,
    element('AuthTokenEnabled', tokens !== undefined),
    element('SnapshotRetentionLimit', snapshotRetentionDays),
    `<NodeGroups>${nodes.join('')}</NodeGroups>`,
  ];
  return `<ReplicationGroup>${content.join('')}</ReplicationGroup>`;
}

function snapshotXml({ name, replicationGroupId, status, source, nodes }: CacheSnapshot): string {
  const shots = nodes.map(({ nodeGroupId, createdAt, size = '1 MB' }) => {
    const content = [
      element('NodeGroupId', nodeGroupId),
      element('CacheSize', size),
      element('SnapshotCreateTime', createdAt.toISOString()),
    ];
    return `<NodeSnapshot>${content.join('')}</NodeSnapshot>`;
  });
  const content = [
    element('SnapshotName', name),
    element('ReplicationGroupId', replicationGroupId),
    element('SnapshotStatus', status),
    element('SnapshotSource', source),
    `<NodeSnapshots>${shots.join('')}</NodeSnapshots>`,
  ];
  return `<Snapshot>${content.join('')}</Snapshot>`;
}
