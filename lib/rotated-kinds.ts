/** What each kind of credential is deployed with besides what all of them have: its contract, its network, and what it may change. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as z from 'zod';
import * as accessKeyTable from '../functions/credential-rotation/access-key-table/contract.ts';
import type { KindName } from '../functions/credential-rotation/contract.ts';
import * as elasticacheAuthToken from '../functions/credential-rotation/elasticache-auth-token/contract.ts';
import * as elasticacheUser from '../functions/credential-rotation/elasticache-user/contract.ts';
import * as httpApi from '../functions/credential-rotation/http-api/contract.ts';
import * as postgresAlternating from '../functions/credential-rotation/postgres-alternating/contract.ts';
import * as postgresUser from '../functions/credential-rotation/postgres-user/contract.ts';
import type { Mode } from '../functions/runtime/contract.ts';
import { DatabaseAccess } from './database-access.ts';
import type { CredentialRotation } from './rotation-settings.ts';
import type { RunbookFunction } from './runbook-function.ts';

type Kinds = z.output<typeof CredentialRotation>['kinds'];

type Deployed<Kind extends KindName> = {
  contract: { Settings: z.ZodType; Input: z.ZodType };
  /** Of one step. */
  timeout: Duration;
  network: 'vpc' | 'none';
  allow(runbook: RunbookFunction, of: NonNullable<Kinds[Kind]>, mode: Mode): void;
};

/** A cache takes minutes to apply a change. */
const [SOON, LATER] = [Duration.minutes(5), Duration.minutes(15)];

export const DEPLOYED_KINDS: { [Kind in KindName]: Deployed<Kind> } = {
  'access-key-table': {
    contract: accessKeyTable,
    timeout: SOON,
    network: 'vpc',
    allow: (runbook, { database, settings }, mode) => {
      new DatabaseAccess(runbook, 'Database', database).letsIn(runbook);
      letOut(runbook, portOf(settings.endpoint.url), 'the system itself, which new keys are tried at');
      if (mode === 'report') return;
      const { reader, actor } = settings.database;
      runbook.mayRead(reader, 'reads the keys and their owners');
      if (actor) runbook.mayRead(actor, 'adds keys, and turns old ones off');
      runbook.mayRead(settings.masterKey, 'encrypts the secrets of keys as the system does');
    },
  },
  'http-api': {
    contract: httpApi,
    timeout: SOON,
    network: 'none',
    allow: () => {},
  },
  'postgres-alternating': {
    contract: postgresAlternating,
    timeout: SOON,
    network: 'vpc',
    allow: (runbook, { database, settings }, mode) => {
      new DatabaseAccess(runbook, 'Database', database).letsIn(runbook);
      if (mode === 'report') return;
      for (const { admin } of settings.secrets) runbook.mayRead(admin, 'makes both users and changes their passwords');
    },
  },
  'elasticache-user': {
    contract: elasticacheUser,
    timeout: LATER,
    network: 'vpc',
    allow: (runbook, { cache, settings }, mode) => {
      new DatabaseAccess(runbook, 'Cache', cache).letsIn(runbook);
      if (mode === 'report') return;
      const users = settings.secrets.map(({ userId }) => cacheArn(runbook, 'user', userId));
      runbook.may(
        ['elasticache:DescribeUsers', 'elasticache:ModifyUser'],
        users,
        'gives users a second password, and takes the first',
      );
    },
  },
  'elasticache-auth-token': {
    contract: elasticacheAuthToken,
    timeout: LATER,
    network: 'vpc',
    allow: (runbook, { cache, settings }, mode) => {
      new DatabaseAccess(runbook, 'Cache', cache).letsIn(runbook);
      if (mode === 'report') return;
      const groups = settings.secrets.map((secret) => cacheArn(runbook, 'replicationgroup', secret.replicationGroupId));
      const actions = ['elasticache:DescribeReplicationGroups', 'elasticache:ModifyReplicationGroup'];
      runbook.may(actions, groups, 'gives groups a second token, and takes the first');
    },
  },
  'postgres-user': {
    contract: postgresUser,
    timeout: SOON,
    network: 'vpc',
    allow: (runbook, { database }) => {
      new DatabaseAccess(runbook, 'Database', database).letsIn(runbook);
    },
  },
};

function cacheArn(runbook: RunbookFunction, resource: string, resourceName: string): string {
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  return Stack.of(runbook).formatArn({ service: 'elasticache', resource, resourceName, arnFormat });
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

/** Port 443 is open already: AWS is behind it. */
function letOut({ securityGroup }: RunbookFunction, port: number, what: string): void {
  if (port !== 443) securityGroup?.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port), what);
}
