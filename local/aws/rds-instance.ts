/** An instance of RDS as XML. */
import type { DbInstance } from './database-store.ts';
import { element } from './xml.ts';

export function instanceXml(instance: DbInstance): string {
  const signed =
    element('CAIdentifier', instance.caIdentifier) +
    element('ValidTill', instance.serverCertificateValidTill.toISOString());
  const pending = instance.restored?.newPassword !== undefined ? element('MasterUserPassword', '****') : '';
  const content = [
    element('DBInstanceIdentifier', instance.identifier),
    element('DBInstanceArn', instance.arn),
    element('DbiResourceId', instance.resourceId),
    element('Engine', instance.engine),
    element('DBInstanceStatus', instance.status),
    element('MasterUsername', instance.masterUsername),
    element('DBClusterIdentifier', instance.clusterIdentifier),
    endpointXml(instance),
    element('BackupRetentionPeriod', instance.backupRetentionDays),
    element('LatestRestorableTime', instance.latestRestorableTime?.toISOString()),
    element('CACertificateIdentifier', instance.caIdentifier),
    `<CertificateDetails>${signed}</CertificateDetails>`,
    `<PendingModifiedValues>${pending}</PendingModifiedValues>`,
    `<TagList>${instance.tags.map(tagXml).join('')}</TagList>`,
  ];
  return `<DBInstance>${content.join('')}</DBInstance>`;
}

function tagXml({ key, value }: { key: string; value: string }): string {
  return `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`;
}

/** An instance that is still being made has no address yet. */
function endpointXml({ endpoint: { host, port }, status }: DbInstance): string {
  return status === 'creating' ? '' : `<Endpoint>${element('Address', host)}${element('Port', port)}</Endpoint>`;
}
