import type { System } from '../lib/system.ts';

/** SIGN X Studio (APEX): FastAPI and Celery on PostgreSQL, Redis and an object store. */
export default {
  name: 'SignxStudio',
  // An example account, as every name below: put your own here.
  account: '111122223333',
  region: 'eu-central-1',
  timeZone: 'Europe/Berlin',
  vpc: {
    vpcId: 'vpc-05167051005167051',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: ['subnet-05167051005167051', 'subnet-15076150015076150'],
  },
  severities: {
    critical: { word: 'P0', respondWithin: '15 minutes', topic: 'page' },
    warning: { word: 'P2', respondWithin: '4 hours', topic: 'notify' },
    info: { word: 'P3', respondWithin: 'next day', topic: 'notify' },
  },
  topics: {
    page: { emails: ['signx-studio-oncall@example.com'] },
    notify: { emails: ['signx-studio-team@example.com'] },
  },
  tags: { system: 'signx-studio', managedBy: 'nightshift' },
  runbooks: {
    'backup-verification': {
      // An hour after the dumps.
      schedule: 'cron(0 3 * * ? *)',
      scratchDatabase: { securityGroupId: 'sg-0519a0519a0519a05', port: 5432 },
      settings: {
        sources: [
          {
            kind: 'dump',
            name: 'nightly',
            store: { bucket: 'apex-backups' },
            prefix: 'database/apex_full_',
            suffix: '.sql.gz',
            schedule: { everyHours: 24, keepDays: 30 },
            checks: { tables: [{ table: 'projects' }, { table: 'project_payloads' }, { table: 'users' }] },
          },
          // It continues no base backup, so it brings nothing back, and the report says so: a dump cannot be rolled forward.
          {
            kind: 'wal',
            name: 'wal',
            store: { bucket: 'apex-backups' },
            prefix: 'wal/',
            maxLagMinutes: 15,
            keepDays: 7,
          },
          {
            kind: 'rds-snapshot',
            name: 'snapshots',
            region: 'eu-central-1',
            identifier: 'apex-db',
            of: 'instance',
            schedule: { everyHours: 24, keepDays: 7 },
          },
          {
            kind: 'cache-snapshot',
            name: 'cache',
            region: 'eu-central-1',
            replicationGroupId: 'prod-redis',
            schedule: { everyHours: 24, keepDays: 7 },
          },
          {
            kind: 'files',
            name: 'uploads',
            store: { bucket: 'apex-backups' },
            prefix: 'uploads/',
            of: { store: { bucket: 'apex-uploads' }, prefix: '' },
            schedule: { everyHours: 24, keepDays: 90 },
          },
        ],
        scratch: {
          database: {
            reader: {
              secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:signx/nightshift-restore-a1b2c3',
            },
          },
          source: { hosts: ['apex-db.signx.internal'], systemIdentifier: '7431234567890123458' },
        },
        objectives: [{ protects: 'database', rpoMinutes: 15, rtoMinutes: 240 }],
      },
    },
    'certificate-check': {
      public: {
        schedule: 'cron(15 6 * * ? *)',
        settings: {
          endpoints: [
            { host: 'api.example.com', port: 443, protocol: 'https' },
            { host: 'status.example.com', port: 443, protocol: 'https' },
          ],
          acm: { regions: ['eu-central-1'] },
        },
      },
      private: {
        schedule: 'cron(30 6 * * ? *)',
        settings: {
          endpoints: [
            { host: 'prod-redis.signx.internal', port: 6379, protocol: 'redis' },
            { host: 'apex-db.signx.internal', port: 5432, protocol: 'postgres', trust: 'rds' },
          ],
          trust: {
            // Amazon’s bundle for RDS, as the applications were given it.
            rds: { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:signx/rds-bundle-a1b2c3' },
          },
          allowedPrivateRanges: ['10.0.0.0/8'],
          rds: { regions: ['eu-central-1'] },
        },
      },
    },

    'restore-drill': {
      // 02:00 on the first day of each quarter. Its instance lives for an hour or some.
      schedule: 'cron(0 2 1 JAN,APR,JUL,OCT ? *)',
      settings: {
        // Daily snapshots and dumps cannot give an RPO of 15 minutes; a point in time can.
        source: { instance: 'apex-db', restore: 'latest-restorable-time' },
        copy: {
          instanceClass: 'db.r6g.large',
          // Of subnets without a way out. The groups are production's own.
          subnetGroup: 'apex-isolated',
          parameterGroup: 'apex-postgres16',
          optionGroup: 'default:postgres-16',
        },
        database: 'apex',
        checks: {
          tables: [{ table: 'projects' }, { table: 'project_payloads' }],
          newest: [{ table: 'projects', column: 'updated_at', maxAgeHours: 72 }],
        },
        objectives: { rtoMinutes: 240, rpoMinutes: 15 },
      },
    },

    'orphan-blob-gc': {
      // Its own clean-up removes what is older than 30 days, so this one only ever looks; enforce would be refused.
      mode: 'report',
      mark: 'cron(0 5 ? * SUN *)',
      storageAlarm: { alarmName: 'apex-uploads-size' },
      // More uploads than one invocation can list: four at a time share the rate below, for at most six hours.
      coordinator: { atOnce: 4, hours: 6 },
      database: { securityGroupId: 'sg-0519a0519a0519a06', port: 5432 },
      settings: {
        store: { bucket: 'apex-uploads' },
        prefix: 'blobs/',
        key: '{hash}',
        database: {
          reader: { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:signx/blobs-reader-a1b2c3' },
        },
        blobs: { table: 'blobs', hash: 'sha256', size: 'size_bytes', createdAt: 'created_at' },
        // A project's payload is a document, in which the hashes of its files stand.
        references: [{ table: 'project_payloads', column: 'payload', holds: 'text' }],
        notReferences: [{ table: 'users' }],
        quarantine: { kind: 'delete-marker' },
        writersCheckBeforeReuse: false,
        ownCollector: true,
        policy: { caps: { maxTargets: 10_000, maxPercent: 10 } },
      },
    },

    'credential-rotation': {
      mode: 'report',
      schedule: 'cron(45 6 * * ? *)',
      kinds: {
        // The API and the Celery workers hold connections all day, so two users take turns.
        'postgres-alternating': {
          database: { securityGroupId: 'sg-0519a0519a0519a06', port: 5432 },
          settings: {
            secrets: [
              {
                secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:signx/apex-app-a1b2c3',
                server: { hosts: ['apex-db.signx.internal'] },
                dbname: 'apex',
                users: ['apex_a', 'apex_b'],
                owner: 'apex_owner',
                admin: {
                  secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:signx/nightshift-rotator-a1b2c3',
                },
              },
            ],
          },
        },
        'elasticache-user': {
          cache: { securityGroupId: 'sg-0519a0519a0519a07' },
          settings: {
            secrets: [
              {
                secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:signx/prod-redis-a1b2c3',
                server: { hosts: ['prod-redis.signx.internal'] },
                userId: 'apex-celery',
                username: 'apex-celery',
              },
            ],
          },
        },
      },
    },
  },
} satisfies System;
