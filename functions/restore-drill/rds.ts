/** The one place where the drill talks to RDS. Whatever it changes is a copy of its own. */
import {
  DeleteDBInstanceCommand,
  ModifyDBInstanceCommand,
  paginateDescribeDBInstances,
  paginateDescribeDBSnapshots,
  RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { CLIENT, namesItsEndpoint } from '../runtime/aws.ts';
import { describe, RefusalError } from '../runtime/errors.ts';
import type { Instance, Snapshot } from './instance.ts';
import { asked, instanceOf, type Restoring, snapshotOf } from './rds-words.ts';

export type Rds = {
  /** Undefined where there is none of this name. */
  instance(id: string): Promise<Instance | undefined>;
  /** Every instance of the region. */
  instances(): Promise<Instance[]>;
  automatedSnapshots(id: string): Promise<Snapshot[]>;
  /** `exists`: an instance of this name was there before, perhaps because the first answer was lost. */
  restore(restoring: Restoring): Promise<'begun' | 'exists'>;
  resetPassword(id: string, password: string): Promise<void>;
  /** Without a final snapshot. `not now`: RDS deletes no instance in the state that this one is in. */
  delete(id: string): Promise<'begun' | 'gone' | 'not now'>;
};

/** @throws RefusalError from each, naming what could not be done */
export function openRds(client = namesItsEndpoint(new RDSClient(CLIENT))): Rds {
  return {
    instance: async (id) => {
      try {
        return (await describeInstances(client, { DBInstanceIdentifier: id }))[0];
      } catch (error) {
        if (isNamed(error, 'DBInstanceNotFoundFault')) return undefined;
        throw refusal(`The instance ${id} cannot be read`, error);
      }
    },
    instances: () =>
      describeInstances(client, {}).catch((error) =>
        Promise.reject(refusal('The instances of RDS cannot be read', error)),
      ),
    automatedSnapshots: (id) => automatedSnapshots(client, id),
    restore: (restoring) => restore(client, restoring),
    resetPassword: (id, password) => resetPassword(client, id, password),
    delete: (id) => remove(client, id),
  };
}

async function describeInstances(client: RDSClient, asked: { DBInstanceIdentifier?: string }): Promise<Instance[]> {
  const found: Instance[] = [];
  for await (const page of paginateDescribeDBInstances({ client }, asked)) {
    found.push(...(page.DBInstances ?? []).map(instanceOf));
  }
  return found;
}

async function automatedSnapshots(client: RDSClient, id: string): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  const asked = { DBInstanceIdentifier: id, SnapshotType: 'automated' };
  try {
    for await (const page of paginateDescribeDBSnapshots({ client }, asked)) {
      found.push(...(page.DBSnapshots ?? []).map(snapshotOf));
    }
    return found;
  } catch (error) {
    throw refusal(`The snapshots of ${id} cannot be read`, error);
  }
}

async function restore(client: RDSClient, restoring: Restoring): Promise<'begun' | 'exists'> {
  const { copy, point, settings } = restoring;
  try {
    if (point.snapshot === undefined) {
      const from = { SourceDBInstanceIdentifier: settings.source.instance, UseLatestRestorableTime: true };
      const to = { TargetDBInstanceIdentifier: copy.id, ...asked(restoring) };
      await client.send(new RestoreDBInstanceToPointInTimeCommand({ ...from, ...to }));
    } else {
      const from = { DBSnapshotIdentifier: point.snapshot, DBInstanceIdentifier: copy.id };
      await client.send(new RestoreDBInstanceFromDBSnapshotCommand({ ...from, ...asked(restoring) }));
    }
    return 'begun';
  } catch (error) {
    if (isNamed(error, 'DBInstanceAlreadyExistsFault')) return 'exists';
    throw refusal(`${settings.source.instance} cannot be restored`, error);
  }
}

async function resetPassword(client: RDSClient, id: string, password: string): Promise<void> {
  try {
    const asked = { DBInstanceIdentifier: id, MasterUserPassword: password, ApplyImmediately: true };
    await client.send(new ModifyDBInstanceCommand(asked));
  } catch (error) {
    // Its message only: an error may carry the request, and the request the password.
    throw new RefusalError(`The master password of ${id} cannot be reset: ${describe(error)}`);
  }
}

async function remove(client: RDSClient, id: string): Promise<'begun' | 'gone' | 'not now'> {
  try {
    const asked = { DBInstanceIdentifier: id, SkipFinalSnapshot: true, DeleteAutomatedBackups: true };
    await client.send(new DeleteDBInstanceCommand(asked));
    return 'begun';
  } catch (error) {
    if (isNamed(error, 'DBInstanceNotFoundFault')) return 'gone';
    if (isNamed(error, 'InvalidDBInstanceStateFault')) return 'not now';
    throw refusal(`${id} cannot be deleted`, error);
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function refusal(what: string, error: unknown): RefusalError {
  return new RefusalError(`${what}: ${describe(error)}`, { cause: error });
}
