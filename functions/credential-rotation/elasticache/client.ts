/** The one client that rotations have of ElastiCache, and what its errors mean. */
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { CLIENT, namesItsEndpoint } from '../../runtime/aws.ts';
import { describe, RefusalError } from '../../runtime/errors.ts';
import { RejectedError } from '../kind.ts';

export function elastiCache(): ElastiCacheClient {
  return namesItsEndpoint(new ElastiCacheClient(CLIENT));
}

/** What ElastiCache has against a value that it was given. */
const REJECTED = new Set(['InvalidParameterValueException', 'InvalidParameterCombinationException']);

/** Somebody else is changing it; or we are, by a request that was sent again because its reply was lost. */
const UNDER_WAY = new Set(['InvalidUserStateFault', 'InvalidReplicationGroupStateFault']);

/** A request that holds no password. */
export function unread(name: string): (error: unknown) => never {
  return (error) => {
    throw new RefusalError(`${name} cannot be looked at: ${describe(error)}`, { cause: error });
  };
}

/**
 * A request that holds passwords: what ElastiCache says of it may quote one, so only the error's name is told (F16). Returns where a
 * change is under way: whoever asked for one awaits its end, and tries whether it was this one.
 */
export function unchanged(name: string): (error: unknown) => undefined {
  return (error) => {
    const code = error instanceof Error ? error.name : 'an unknown error';
    if (UNDER_WAY.has(code)) return undefined;
    if (REJECTED.has(code)) throw new RejectedError(`ElastiCache does not take a new password for ${name} (${code}).`);
    throw new RefusalError(`${name} cannot be changed (${code}).`);
  };
}
