/** Amazon ElastiCache over the query protocol, as far as reading replication groups and snapshots. */
import type { CacheSnapshot, CacheStore, ReplicationGroup } from './cache-store.ts';
import { pageOf } from './pages.ts';
import { type Form, parseQuery, queryAnswer, queryError, queryRefusals } from './query-protocol.ts';
import { arn, type Estate, inRegionOf, type Operation, type Service } from './service.ts';
import { ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';
import { element } from './xml.ts';

const NAMESPACE = 'http://elasticache.amazonaws.com/doc/2015-02-02/';
const MIN_PAGE_SIZE = 20;
/** Of each operation its own; beyond them ElastiCache refuses. */
const MAX_PAGE_SIZE: Record<Name, number> = { DescribeReplicationGroups: 100, DescribeSnapshots: 50 };

const PARAMETERS = {
  DescribeReplicationGroups: ['ReplicationGroupId', 'MaxRecords', 'Marker'],
  DescribeSnapshots: ['ReplicationGroupId', 'MaxRecords', 'Marker'],
};
type Name = keyof typeof PARAMETERS;

export function createElastiCache(estate: Estate, store: CacheStore): Service {
  return {
    name: 'elasticache',
    operations: Object.keys(PARAMETERS),
    isInEveryRegion: true,
    refusals: queryRefusals('AccessDenied'),
    identify: (request) => identify(request, inRegionOf(request, estate), store),
    renderError: (error) => queryError(error, NAMESPACE),
  };
}

function identify(request: WireRequest, estate: Estate, store: CacheStore): Operation {
  const { name, operation, form } = parseQuery(request, { name: 'elasticache', parameters: PARAMETERS });
  const group = `replicationgroup:${form.get('ReplicationGroupId') ?? '*'}`;
  const resource = arn(estate, 'elasticache', name === 'DescribeSnapshots' ? 'snapshot:*' : group);
  const run = name === 'DescribeSnapshots' ? describeSnapshots : describeGroups;
  return {
    name,
    permissions: [{ action: operation, resource }],
    changing: false,
    run: () => queryAnswer({ name, result: run(form, estate, store), namespace: NAMESPACE }),
  };
}

function describeGroups(form: Form, { region }: Estate, store: CacheStore): string {
  const wanted = form.get('ReplicationGroupId');
  const chosen = store.groups(region).filter(({ id }) => id === (wanted ?? id));
  if (wanted !== undefined && chosen.length === 0) {
    throw new ServiceError({ code: 'ReplicationGroupNotFoundFault', status: 404 }, `no replication group ${wanted}`);
  }
  const { items, next } = readPage(chosen, form, 'DescribeReplicationGroups');
  return `<ReplicationGroups>${items.map(groupXml).join('')}</ReplicationGroups>${element('Marker', next)}`;
}

function describeSnapshots(form: Form, { region }: Estate, store: CacheStore): string {
  const wanted = form.get('ReplicationGroupId');
  const chosen = store.snapshots(region).filter(({ replicationGroupId: id }) => id === (wanted ?? id));
  const { items, next } = readPage(chosen, form, 'DescribeSnapshots');
  return `<Snapshots>${items.map(snapshotXml).join('')}</Snapshots>${element('Marker', next)}`;
}

function readPage<T>(all: T[], form: Form, name: Name): { items: T[]; next?: string } {
  const most = MAX_PAGE_SIZE[name];
  const size = Number(form.get('MaxRecords') ?? most);
  const page = pageOf(all, { token: form.get('Marker'), size });
  if (page !== undefined && Number.isInteger(size) && size >= MIN_PAGE_SIZE && size <= most) return page;
  const what = page === undefined ? 'Marker is none of ours' : `MaxRecords must be ${MIN_PAGE_SIZE} to ${most}`;
  throw new ServiceError({ code: 'InvalidParameterValue', status: 400 }, what);
}

function groupXml({ id, nodeGroups, snapshotRetentionDays }: ReplicationGroup): string {
  const nodes = nodeGroups.map((nodeGroup) => `<NodeGroup>${element('NodeGroupId', nodeGroup)}</NodeGroup>`);
  const content = [
    element('ReplicationGroupId', id),
    element('Status', 'available'),
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
