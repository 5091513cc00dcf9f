/** The one place that talks to ElastiCache about the AUTH token of a replication group. */
import {
  DescribeReplicationGroupsCommand,
  ModifyReplicationGroupCommand,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { RefusalError } from '../../runtime/errors.ts';
import { elastiCache, unchanged, unread } from '../elasticache/client.ts';
import type { Keeper } from '../elasticache/target.ts';
import type { Secret } from './contract.ts';

/** From these a group comes back to `available` by itself. */
const PASSING_STATES = ['available', 'modifying', 'snapshotting'];

export function tokenKeeper({ replicationGroupId, server }: Secret, client = elastiCache()): Keeper {
  const name = `AUTH token of ${replicationGroupId} at ${server.hosts.join(', ')}`;
  const update = async (AuthToken: string, AuthTokenUpdateStrategy: 'ROTATE' | 'SET') => {
    const change = { AuthToken, AuthTokenUpdateStrategy, ApplyImmediately: true };
    const asked = new ModifyReplicationGroupCommand({ ReplicationGroupId: replicationGroupId, ...change });
    await client.send(asked).catch(unchanged(name));
  };
  return {
    name,
    look: async () => {
      const asked = new DescribeReplicationGroupsCommand({ ReplicationGroupId: replicationGroupId });
      const { ReplicationGroups = [] } = await client.send(asked).catch(unread(name));
      // ElastiCache does not tell how many tokens there are.
      return { isSettled: isSettled(ReplicationGroups[0], replicationGroupId), hasTwo: false };
    },
    // The last one that was rotated in stays beside it, and is the one that is kept: nothing else is current.
    keepBoth: ({ pending }) => update(pending, 'ROTATE'),
    keepOnly: (token) => update(token, 'SET'),
  };
}

function isSettled(group: ReplicationGroup | undefined, id: string): boolean {
  const { Status = 'missing', AuthTokenEnabled, PendingModifiedValues } = group ?? {};
  if (!PASSING_STATES.includes(Status)) throw new RefusalError(`The replication group ${id} is ${Status}.`);
  // To begin to have one is more than a rotation: until then, everybody is let in.
  if (AuthTokenEnabled !== true) throw new RefusalError(`The replication group ${id} has no AUTH token.`);
  return Status === 'available' && PendingModifiedValues?.AuthTokenStatus === undefined;
}
