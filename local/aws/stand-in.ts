/**
 * A stand-in for the AWS services that Nightshift uses, on a free port of 127.0.0.1, for the local estate and the tests.
 * It speaks the real wire protocols, so that unmodified SDK clients, and the bundles that a deploy would upload, run
 * against it under AWS_ENDPOINT_URL. It is strict: what it does not model is an error, never a guess.
 */
import type { Server } from 'node:http';
import { createAcm } from './acm.ts';
import {
  type CacheSnapshotToPlant,
  type CacheUserToPlant,
  createCacheStore,
  type ReplicationGroupToPlant,
} from './cache-store.ts';
import { type CertificateToPlant, createCertificateStore } from './certificate-store.ts';
import { type Clock, createClock } from './clock.ts';
import { type Credentials, createCredentialStore } from './credentials.ts';
import { type CaToPlant, createDatabaseStore, type DbInstanceToPlant, type RestorePlan } from './database-store.ts';
import { createElastiCache } from './elasticache.ts';
import { type BusEvent, createEventBus, createEvents } from './events.ts';
import { createFaults, type Faults } from './faults.ts';
import { createFunctionStore, createLambda, type LambdaFunction } from './lambda.ts';
import { createRds } from './rds.ts';
import { createRequestLog, type RecordedRequest } from './requests.ts';
import { createS3 } from './s3.ts';
import type { LifecycleRule } from './s3-lifecycle.ts';
import { type Bucket, createObjectStore, latest, type ObjectStore, type Past, sortedKeys } from './s3-objects.ts';
import type { Upload } from './s3-uploads.ts';
import { createSchemas } from './schemas.ts';
import { createSecretStore, type Rotation, type SecretStore, type SecretVersion } from './secret-store.ts';
import { createSecretsManager } from './secrets-manager.ts';
import { listen } from './server.ts';
import type { Estate } from './service.ts';
import type { DbClusterToPlant, DbSnapshotToPlant } from './snapshot-store.ts';
import { createSns } from './sns.ts';
import { createTopicStore, type Published, type Subscription } from './sns-topics.ts';
import { createParameterStore, createSsm } from './ssm.ts';

type BucketOptions = { versioned?: boolean; ignores?: Bucket['ignores'] };

type StoredObject = { key: string; body: Buffer; lastModified: Date; versionId?: string };

export type StandIn = {
  endpoint: string;
  region: string;
  account: string;
  /** Credentials of its own for each caller, so that `requests()` can tell whose request it was. */
  credentialsFor(caller: string): Credentials;
  createBucket(name: string, options?: BucketOptions): void;
  /** From now on it keeps no new versions, as where somebody suspended that. */
  suspendVersions(name: string): void;
  /** What is left: the latest version of each object that is not deleted, in byte order of the keys. */
  objects(bucket: string): StoredObject[];
  putObject(bucket: string, key: string, body: Buffer | string, past?: Past): void;
  setLifecycle(bucket: string, rules: LifecycleRule[]): void;
  /** An upload in parts that was begun and never ended. */
  plantUpload(bucket: string, upload: Upload): void;
  removeObject(bucket: string, key: string): void;
  /** Everything of this key, as a lifecycle rule does it. */
  eraseVersions(bucket: string, key: string): void;
  /** Remembers every version of every object in these buckets. What it gives back brings them back. */
  keepBuckets(names: string[]): () => void;
  /** The complete ARN. */
  createSecret(name: string, value: string): string;
  /** How a secret rotates; by the function of a name that was registered. */
  rotateSecret(secretArn: string, rotation: Rotation): void;
  /** As if it had just been made, with this value. */
  resetSecret(secretArn: string, value: string): void;
  /** A version as somebody else has left it. */
  fillVersion(secretArn: string, version: Omit<SecretVersion, 'createdAt'>): void;
  moveStage(secretArn: string, move: Parameters<SecretStore['moveStage']>[1]): void;
  /** A version without a value under AWSPENDING, as a rotation makes it before it calls its function. */
  beginRotation(secretArn: string, token: string): void;
  tagSecret(secretArn: string, key: string, value: string): void;
  /** What is left of a secret’s versions, those without a label included. The newest first. */
  secretVersions(secretArn: string): SecretVersion[];
  /** What was put on the default bus. */
  busEvents(): BusEvent[];
  putParameter(name: string, value: string): void;
  removeParameter(name: string): void;
  /** The topic's ARN. */
  createTopic(name: string): string;
  subscribe(topicArn: string, subscription: Omit<Subscription, 'arn'>): void;
  published(): Published[];
  /** What Invoke of a function of this name runs. */
  registerFunction(name: string, run: LambdaFunction): void;
  /** Into ACM. The certificate's ARN. */
  createCertificate(certificate: CertificateToPlant): string;
  /** Into RDS. The instance's ARN. */
  createDbInstance(instance: DbInstanceToPlant): string;
  /** What is left of RDS’s instances in the account's region, and how those that were restored were asked for. */
  dbInstances(): { identifier: string; status: string; asked: Record<string, string> | undefined }[];
  planRestores(plan: RestorePlan): void;
  createDbCluster(cluster: DbClusterToPlant): void;
  createDbSnapshot(snapshot: DbSnapshotToPlant): void;
  /** In the place of one that has its id. */
  createReplicationGroup(group: ReplicationGroupToPlant): void;
  /** Into ElastiCache, in the place of one that has its id. */
  createCacheUser(user: CacheUserToPlant): void;
  createCacheSnapshot(snapshot: CacheSnapshotToPlant): void;
  /** Into RDS: an authority that signs the instances' certificates. */
  createCa(ca: CaToPlant): void;
  clock: Clock;
  faults: Faults;
  /** Authentic requests that arrived, in the order in which they were answered. */
  requests(): RecordedRequest[];
  /** Writes the request log (see NIGHTSHIFT_REQUEST_LOG). Rejects if the stand-in itself had failed at some request. */
  stop(): Promise<void>;
};

const REGION = 'eu-central-1';
const ACCOUNT = '111122223333';

/** `clockSkewMs`: how far the account's clock is ahead of this machine's (negative: behind). */
export async function startStandIn(options: { clockSkewMs?: number } = {}): Promise<StandIn> {
  const estate = { region: REGION, account: ACCOUNT, clock: createClock(options.clockSkewMs ?? 0) };
  const stores = createStores(estate);
  const services = createServices(estate, stores);
  const { faults, gate } = createFaults(services);
  const credentials = createCredentialStore();
  const log = createRequestLog();
  const defects: unknown[] = [];
  const onDefect = (error: unknown) => defects.push(error);
  const { server, endpoint } = await listen({ estate, services, credentials, gate, log, onDefect });
  return {
    ...estate,
    endpoint,
    credentialsFor: credentials.issue,
    ...bucketControls(stores.objects),
    ...otherControls(stores),
    ...certificateControls(stores),
    ...backupControls(stores),
    faults,
    requests: log.all,
    stop: async () => {
      await close(server);
      log.save();
      if (defects.length > 0) throw new AggregateError(defects, 'the AWS stand-in itself failed');
    },
  };
}

type Stores = ReturnType<typeof createStores>;

function createStores(estate: Estate) {
  return {
    objects: createObjectStore(estate.clock),
    secrets: createSecretStore(estate),
    parameters: createParameterStore(estate),
    topics: createTopicStore(estate),
    functions: createFunctionStore(),
    bus: createEventBus(),
    certificates: createCertificateStore(estate),
    databases: createDatabaseStore(estate),
    caches: createCacheStore(estate),
  };
}

function createServices(estate: Estate, stores: Stores) {
  return [
    createS3(estate, stores.objects),
    createSecretsManager({ estate, ...stores }),
    createEvents(estate, stores.bus),
    createSsm(estate, stores.parameters),
    createSns(estate, stores.topics),
    createSchemas(estate),
    createLambda(estate, stores.functions),
    createAcm(estate, stores.certificates),
    createRds(estate, stores.databases),
    createElastiCache(estate, stores.caches),
  ];
}

function bucketControls(store: ObjectStore) {
  return {
    createBucket: (name: string, { versioned = false, ignores }: BucketOptions = {}) => {
      Object.assign(store.create(name), { isVersioned: versioned, ignores });
    },
    suspendVersions: (name: string) => {
      store.bucket(name).isVersioned = false;
    },
    objects: (name: string): StoredObject[] => {
      const bucket = store.bucket(name);
      const left = sortedKeys(bucket).flatMap((key) => latest(bucket, key) ?? []);
      return left.map(({ key, body, lastModified, versionId }) => ({
        key,
        body,
        lastModified,
        ...(bucket.isVersioned ? { versionId } : {}),
      }));
    },
    putObject: (name: string, key: string, body: Buffer | string, past: Past = {}) => {
      // A buffer is kept as it is: a test may plant a thousand objects that are all the same megabytes.
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      store.put(store.bucket(name), key, { body: bytes, headers: {}, ...past });
    },
    setLifecycle: (name: string, rules: LifecycleRule[]) => {
      store.bucket(name).lifecycle = rules;
    },
    plantUpload: (name: string, upload: Upload) => {
      const bucket = store.bucket(name);
      bucket.uploads = [...(bucket.uploads ?? []), upload];
    },
    removeObject: (name: string, key: string) => {
      store.delete(store.bucket(name), key);
    },
    eraseVersions: (name: string, key: string) => {
      store.bucket(name).versions.delete(key);
    },
    keepBuckets: (names: string[]) => {
      const kept = names.map((name) => ({ name, versions: new Map(store.bucket(name).versions) }));
      return () => {
        for (const { name, versions } of kept) {
          const bucket = store.bucket(name);
          bucket.versions = new Map(versions);
          delete bucket.sortedKeys;
        }
      };
    },
  };
}

function otherControls({ secrets, parameters, topics, functions, bus }: Stores) {
  return {
    createSecret: (name: string, value: string) => secrets.create(name, value).arn,
    rotateSecret: (secretArn: string, rotation: Rotation) => {
      secrets.find(secretArn).rotation = rotation;
    },
    resetSecret: (secretArn: string, value: string) => secrets.reset(secrets.find(secretArn), value),
    fillVersion: (secretArn: string, version: Omit<SecretVersion, 'createdAt'>) => {
      secrets.put(secrets.find(secretArn), version);
    },
    moveStage: (secretArn: string, move: Parameters<SecretStore['moveStage']>[1]) =>
      secrets.moveStage(secrets.find(secretArn), move),
    beginRotation: (secretArn: string, token: string) => {
      secrets.put(secrets.find(secretArn), { id: token, stages: ['AWSPENDING'] });
    },
    tagSecret: (secretArn: string, key: string, value: string) => {
      secrets.find(secretArn).tags[key] = value;
    },
    secretVersions: (secretArn: string) => secrets.find(secretArn).versions.map((version) => ({ ...version })),
    busEvents: bus.events,
    putParameter: (name: string, value: string) => {
      parameters.put(name, value);
    },
    removeParameter: parameters.remove,
    createTopic: topics.create,
    subscribe: (topicArn: string, subscription: Omit<Subscription, 'arn'>) => {
      topics.subscribe(topicArn, subscription);
    },
    published: topics.published,
    registerFunction: functions.register,
  };
}

function certificateControls({ certificates, databases }: Stores) {
  return {
    createCertificate: (certificate: CertificateToPlant) => certificates.create(certificate).arn,
    createDbInstance: (instance: DbInstanceToPlant) => databases.createInstance(instance).arn,
    dbInstances: () =>
      databases
        .instances(REGION)
        .map(({ identifier, status, restored }) => ({ identifier, status, asked: restored?.asked })),
    planRestores: databases.planRestores,
    createCa: (ca: CaToPlant) => {
      databases.createCa(ca);
    },
  };
}

function backupControls({ databases: { snapshots }, caches }: Stores) {
  return {
    createDbCluster: snapshots.createCluster,
    createDbSnapshot: snapshots.createSnapshot,
    createReplicationGroup: caches.createGroup,
    createCacheUser: caches.createUser,
    createCacheSnapshot: caches.createSnapshot,
  };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // SDK clients keep their connections open, and the server would wait for them.
  server.closeAllConnections();
  await closed;
}
