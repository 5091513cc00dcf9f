/**
 * What one request needs to be allowed, beyond its own action: permissions that AWS asks for in the caller's name and that no
 * test can see as a request. One row for each operation that a function of ours sends; an operation without a row stops the
 * proof, so that whoever adds one looks it up in the service's authorization reference.
 */
import type { RecordedRequest } from '../../local/aws/requests.ts';
import type { Permission } from '../../local/aws/service.ts';

/** The customer key of a secret or a topic, where the deployment names one. */
export type KeyOf = (arn: string) => string | undefined;

type Dependent = (request: RecordedRequest, keyOf: KeyOf) => Permission[];

const none: Dependent = () => [];

const DEPENDENT: Record<string, Dependent> = {
  // The evidence bucket is encrypted by S3's own keys; a bucket that settings name may have a customer key.
  's3:GetObject': (request, keyOf) => [
    ...absentNotForbidden(request),
    ...throughKey(['kms:Decrypt'], 's3', keyOf(request.resource)),
  ],
  // With the checksums, which we ask for, S3 opens what the key has sealed.
  's3:HeadObject': (request, keyOf) => [
    ...absentNotForbidden(request),
    ...throughKey(['kms:Decrypt'], 's3', keyOf(request.resource)),
  ],
  's3:ListObjectVersions': none,
  's3:GetBucketVersioning': none,
  's3:GetBucketLifecycleConfiguration': none,
  's3:PutObject': absentNotForbidden,
  's3:DeleteObject': absentNotForbidden,
  // Tags would need permissions of their own; blobs that are named by their content have none.
  's3:CopyObject': absentNotForbidden,
  's3:ListMultipartUploads': none,
  's3:ListObjectsV2': none,
  'secretsmanager:GetSecretValue': ({ resource }, keyOf) =>
    throughKey(['kms:Decrypt'], 'secretsmanager', keyOf(resource)),
  'secretsmanager:DescribeSecret': none,
  'secretsmanager:PutSecretValue': ({ resource }, keyOf) =>
    throughKey(['kms:Decrypt', 'kms:GenerateDataKey'], 'secretsmanager', keyOf(resource)),
  'secretsmanager:UpdateSecretVersionStage': none,
  // It also asks to be allowed to call the secret's function: see `alsoNeeds`.
  'secretsmanager:RotateSecret': none,
  'events:PutEvents': none,
  'elasticache:DescribeUsers': none,
  'elasticache:ModifyUser': none,
  'elasticache:ModifyReplicationGroup': none,
  'sns:Publish': ({ resource }, keyOf) => throughKey(['kms:Decrypt', 'kms:GenerateDataKey'], 'sns', keyOf(resource)),
  'sns:ListSubscriptionsByTopic': none,
  // A plain String parameter: only a SecureString has a key.
  'ssm:GetParameter': none,
  'acm:ListCertificates': none,
  'acm:DescribeCertificate': none,
  'acm:GetCertificate': none,
  'rds:DescribeDBInstances': none,
  'rds:DescribeCertificates': none,
  'rds:RestoreDBInstanceFromDBSnapshot': grantToRds,
  'rds:RestoreDBInstanceToPointInTime': grantToRds,
  'rds:DescribeDBSnapshots': none,
  'rds:DescribeDBClusters': none,
  'rds:DescribeDBClusterSnapshots': none,
  'elasticache:DescribeReplicationGroups': none,
  'elasticache:DescribeSnapshots': none,
  'rds:ModifyDBInstance': none,
  'rds:DeleteDBInstance': none,
  'lambda:Invoke': none,
  'schemas:CreateRegistry': none,
  'schemas:CreateSchema': none,
  'schemas:DescribeSchema': none,
  'schemas:UpdateSchema': none,
  'schemas:DeleteSchema': none,
};

/** @throws Error for an operation that has no row above */
export function needsOf(request: RecordedRequest, keyOf: KeyOf): Permission[] {
  const { service, operation, action, resource, conditions, alsoNeeds = [] } = request;
  const dependent = DEPENDENT[`${service}:${operation}`];
  if (!dependent)
    throw new Error(`${service}:${operation} has no row in test/proof/needs.ts: which actions depend on it?`);
  return [{ action, resource, ...(conditions && { conditions }) }, ...alsoNeeds, ...dependent(request, keyOf)];
}

/**
 * S3 says 404 for a missing object only to whoever may list the bucket, else 403. That look is no listing and carries no
 * `s3:prefix`.
 */
function absentNotForbidden({ resource, status }: RecordedRequest): Permission[] {
  return status === 404 ? [{ action: 's3:ListBucket', resource: resource.replace(/\/.*$/, '') }] : [];
}

function throughKey(actions: string[], service: string, keyArn: string | undefined): Permission[] {
  if (keyArn === undefined) return [];
  const conditions = { 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` };
  return actions.map((action) => ({ action, resource: keyArn, conditions }));
}

/** RDS goes on using the source's customer key for the copy, by a grant that it makes in the caller's name. */
function grantToRds({ alsoNeeds = [] }: RecordedRequest, keyOf: KeyOf): Permission[] {
  const [keyArn] = alsoNeeds.flatMap(({ resource }) => keyOf(resource) ?? []);
  if (keyArn === undefined) return [];
  const conditions = { 'kms:ViaService': 'rds.eu-central-1.amazonaws.com', 'kms:GrantIsForAWSResource': 'true' };
  return ['kms:CreateGrant', 'kms:DescribeKey'].map((action) => ({ action, resource: keyArn, conditions }));
}
