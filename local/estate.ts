/** A whole operated system on one machine: Alexander's database with planted faults, and the AWS account that it runs in. */
import { resolve } from 'node:path';
import pg from 'pg';
import { environmentOf, furnish, plantIssued } from './account.ts';
import { type Alexander, buildAlexander } from './alexander/alexander.ts';
import { plantKeys } from './alexander/plant.ts';
import type { PlantedKey } from './alexander/planted-keys.ts';
import type { KeyShape } from './alexander/schema.ts';
import { type StandIn, startStandIn } from './aws/stand-in.ts';
import { plantDrilled } from './backups/drilled.ts';
import { type Isolated, startIsolated, systemIdentifierOf } from './backups/isolated.ts';
import { type Planted as PlantedBackups, plantBackups } from './backups/plant.ts';
import { plantBlobNight } from './blobs/planted-night.ts';
import { type DeploymentName, deploymentOf } from './deployments.ts';
import { type Listeners, startListeners } from './listeners/listeners.ts';
import { type Postgres, startPostgres } from './postgres/server.ts';
import { plantRotation, type RotatedSecrets } from './rotation/plant.ts';

export type Estate = {
  postgres: Postgres;
  alexander: Alexander;
  aws: StandIn;
  planted: PlantedKey[];
  /** Absent where the estate was started without them. */
  listeners: Listeners | undefined;
  isolated: Isolated | undefined;
  backups: PlantedBackups | undefined;
  /** Absent where the estate was started without secrets to rotate. */
  rotation: RotatedSecrets | undefined;
  /** What a deploy would write to `settings.json` of the named deployment. */
  settingsOf(runbook: DeploymentName, mode?: 'report' | 'enforce'): Record<string, unknown>;
  /** The environment of one deployed function, with credentials of its own. */
  environmentOf(runbook: string): Record<string, string>;
  stop(): Promise<void>;
};

const DATA_ROOT = resolve(import.meta.dirname, '../.nightshift/postgres');
const ISOLATED_ROOT = resolve(import.meta.dirname, '../.nightshift/isolated');

type Options = {
  /** Which of the two shapes that Alexander's key table has had. */
  shape?: KeyShape;
  /** Where a proxy stands before the server, the address that goes into the secrets. */
  through?: (postgres: Postgres) => Promise<{ host: string; port: number }>;
  serverSettings?: Record<string, string>;
  /** Whether the TLS listeners with their planted certificates are started as well. */
  withListeners?: boolean;
  /** Whether a month of backups is there, and an isolated server to restore them on. */
  withBackups?: boolean;
  /** Whether Alexander's blobs are in a bucket, and their tables in its database. */
  withBlobs?: boolean;
  /** Whether roles are there whose passwords are rotated, and the secrets that hold them. */
  withRotation?: boolean;
  /** Where a proxy stands before the isolated server, the address that goes into the secret. */
  throughIsolated?: (postgres: Postgres) => Promise<{ host: string; port: number }>;
};

export async function startEstate(options: Options = {}): Promise<Estate> {
  const { shape = 'word', through, throughIsolated, serverSettings = {} } = options;
  const { withListeners = false, withBackups = false, withBlobs = false, withRotation = false } = options;
  const postgres = await startPostgres({ dataRoot: DATA_ROOT, settings: serverSettings, inMemory: true });
  const listeners = withListeners ? await startListeners() : undefined;
  const isolated = withBackups ? await startIsolated(ISOLATED_ROOT, throughIsolated) : undefined;
  const stopped = () => Promise.all([postgres.stop(), listeners?.stop(), isolated?.server.stop()]);
  try {
    const at = (await through?.(postgres)) ?? postgres;
    const alexander = await buildAlexander({ server: postgres, shape, at });
    const planted = await plant(alexander);
    const aws = await startStandIn();
    const blobs = withBlobs ? await plantBlobNight({ aws, owner: alexander.owner, at }) : undefined;
    const rotation = withRotation ? await plantRotation({ aws, owner: alexander.owner, at }) : undefined;
    const account = furnish(aws, { alexander, postgres, listeners, isolated, blobs });
    if (listeners) await plantIssued(aws, listeners);
    const backups = isolated ? plantBackups(aws) : undefined;
    if (isolated) await plantDrilled({ aws, postgres, owner: alexander.owner });
    const sourceIdentifier = await systemIdentifierOf(postgres);
    return {
      postgres,
      alexander,
      aws,
      planted,
      listeners,
      isolated,
      backups,
      rotation,
      settingsOf: (runbook, mode = 'report') =>
        deploymentOf(runbook, {
          mode,
          secrets: account,
          postgres,
          shape,
          listeners,
          rotation,
          isolated: isolated && { ...isolated, sourceIdentifier },
        }),
      environmentOf: (runbook) => environmentOf(aws, account, runbook),
      stop: async () => {
        await Promise.all([aws.stop(), stopped()]);
      },
    };
  } catch (error) {
    await stopped();
    throw error;
  }
}

async function plant({ owner, shape }: Alexander): Promise<PlantedKey[]> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    return await plantKeys(client, shape);
  } finally {
    await client.end();
  }
}
