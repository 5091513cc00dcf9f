import type { System } from '../lib/system.ts';

/**
 * Alexander Storage: an S3-compatible object store whose metadata and access keys live in PostgreSQL.
 * This is the example. Copy it, give it your own account, and `npx cdk deploy <name>`; `npx cdk synth` says at once,
 * with its path, whatever is not right. Every name below exists already in your account; nothing is looked up.
 */
export default {
  // The CloudFormation stack's name, and the name that reports and messages carry.
  name: 'Alexander',
  // An example account: the CLI has no credentials for it and refuses to deploy. Put your own here.
  account: '111122223333',
  region: 'eu-central-1',
  // Schedules below are in this zone, summer time included.
  timeZone: 'Europe/Berlin',

  // Where the database can be reached. One private subnet for each zone, in the same order. They need a way to S3,
  // Secrets Manager, SSM and SNS: VPC endpoints, or a NAT gateway.
  vpc: {
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0b2c3d4e5f6071829'],
  },

  // What our three severities are called on call here, how fast they are answered, and who hears of them.
  severities: {
    critical: { word: 'SEV1', respondWithin: '15 minutes', topic: 'page' },
    warning: { word: 'SEV3', respondWithin: '4 hours', topic: 'notify' },
    info: { word: 'SEV4', respondWithin: '24 hours', topic: 'notify' },
  },

  // Either `emails` (each must confirm the message that AWS sends) or the `topicArn` of a topic that you have.
  topics: {
    page: { emails: ['alexander-oncall@example.com'] },
    notify: { emails: ['alexander-team@example.com'] },
  },

  tags: { system: 'alexander', managedBy: 'nightshift' },

  runbooks: {
    'backup-verification': {
      // After the dumps of 04:00.
      schedule: 'cron(0 6 * * ? *)',
      // The security group of the isolated PostgreSQL below, not of production.
      scratchDatabase: { securityGroupId: 'sg-0b2c3d4e5f6071829', port: 5432 },
      settings: {
        sources: [
          {
            kind: 'dump',
            name: 'nightly',
            store: { bucket: 'alexander-backups' },
            prefix: 'dumps/',
            suffix: '.dump',
            schedule: { everyHours: 24, keepDays: 30 },
            checks: {
              tables: [
                { table: 'users', minRows: 10 },
                { table: 'access_keys', minRows: 10 },
              ],
              assertions: [
                {
                  name: 'every active key has an owner',
                  query: `SELECT count(*) FROM public.access_keys k LEFT JOIN public.users u ON u.id = k.user_id WHERE u.id IS NULL`,
                  expect: 0,
                },
              ],
            },
          },
          // Before each maintenance; only that it is whole and has the tables is asked.
          {
            kind: 'dump',
            name: 'maintenance',
            store: { bucket: 'alexander-backups' },
            key: 'maintenance/alexander.sql.gz',
            schedule: { everyHours: 720, keepDays: 30, lifecycleRule: false },
            checks: { tables: [{ table: 'users' }] },
            restore: false,
          },
          {
            kind: 'base',
            name: 'base',
            store: { bucket: 'alexander-backups' },
            prefix: 'base/',
            schedule: { everyHours: 24, keepDays: 30 },
          },
          {
            kind: 'wal',
            name: 'wal',
            store: { bucket: 'alexander-backups' },
            prefix: 'wal/',
            continues: 'base',
            maxLagMinutes: 60,
            keepDays: 30,
          },
        ],
        scratch: {
          database: {
            reader: {
              secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/nightshift-restore-a1b2c3',
            },
          },
          // Production, which nothing is ever restored into.
          source: { hosts: ['db.internal'], systemIdentifier: '7431234567890123456' },
        },
        objectives: [{ protects: 'database', rpoMinutes: 60, rtoMinutes: 240 }],
      },
    },
    'certificate-check': {
      // From outside the VPC: what its users see. `private` checks from inside, and may stand beside it.
      public: {
        schedule: 'cron(15 6 * * ? *)',
        settings: { endpoints: [{ host: 'storage.example.com', port: 443, protocol: 'https' }] },
      },
    },

    'inactive-key-audit': {
      // `report` looks and tells. `enforce` also turns idle keys off, and needs `settings.database.actor`.
      mode: 'report',
      // 04:30 each Monday. `cron(30 4 * * ? *)` would be each day.
      schedule: 'cron(30 4 ? * MON *)',
      // The database's own security group: it will admit this function. Where something else manages that group's rules,
      // set `manageIngress: false` and admit the group that the stack outputs.
      database: { securityGroupId: 'sg-0a1b2c3d4e5f60718', port: 5432 },
      settings: {
        database: {
          // A login that may SELECT from the two tables below, and no more. The complete ARN, with its random suffix.
          reader: {
            secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/nightshift-reader-a1b2c3',
          },
        },
        keys: {
          table: 'access_keys',
          keyId: 'access_key_id',
          owner: 'user_id',
          createdAt: 'created_at',
          lastUsedAt: 'last_used_at',
          // Alexander's older schema: { kind: 'boolean', column: 'is_active' }, and no expiresAt.
          status: { kind: 'word', column: 'status', active: 'Active', inactive: 'Inactive' },
          expiresAt: 'expires_at',
        },
        owners: {
          table: 'users',
          id: 'id',
          name: 'username',
          status: { kind: 'boolean', column: 'is_active' },
        },
        policy: {
          maxIdleDays: 90,
          warnAtDays: 75,
          graceDays: 14,
          // When the server began to write last_used_at. A key never used before that day is not called unused.
          trackingSince: '2024-01-01',
          // Keys for emergencies are never used, and must work on the day they are.
          exemptKeys: [],
          exemptOwners: ['break-glass'],
        },
      },
    },

    // Where the blobs are in S3, or in a store that speaks it; leave it out where they are files on a disk.
    'orphan-blob-gc': {
      // `report` looks and tells. `enforce` also quarantines, and needs `settings.database.actor` and the writers' promise below.
      mode: 'report',
      // 01:30 each Sunday.
      mark: 'cron(30 1 ? * SUN *)',
      // Above 4 TB it looks at once. `{ alarmName: '…' }` takes an alarm that you have.
      storageAlarm: { aboveBytes: 4e12 },
      database: { securityGroupId: 'sg-0a1b2c3d4e5f60718', port: 5432 },
      settings: {
        store: { bucket: 'alexander-blobs' },
        key: '{hash:0:2}/{hash:2:4}/{hash}',
        database: {
          // A login of its own: it reads the blob table and whatever references it.
          reader: {
            secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/blobs-reader-a1b2c3',
          },
        },
        blobs: {
          table: 'blobs',
          hash: 'content_hash',
          size: 'size',
          createdAt: 'created_at',
          refCount: 'ref_count',
        },
        // Every column that keeps a blob alive. One that is missing here is found, and stops the run.
        references: [
          { table: 'objects', column: 'content_hash' },
          { table: 'multipart_parts', column: 'content_hash' },
          { table: 'blobs', column: 'delta_base_hash' },
        ],
        notReferences: [{ table: 'blobs', column: 'storage_path' }, { table: 'users' }, { table: 'access_keys' }],
        quarantine: { kind: 'delete-marker' },
        // The server skips the upload of a blob that it knows, and does not look for it again: enforce would be refused.
        writersCheckBeforeReuse: false,
        ownCollector: false,
        policy: { minAgeHours: 48, graceDays: 7, caps: { maxTargets: 100_000, maxPercent: 10 } },
      },
    },

    'credential-rotation': {
      // `report` looks at labels and times. `enforce` has Secrets Manager rotate the secrets below, from its next window on.
      mode: 'report',
      // 06:45: what stands half-way is mended, and old credentials whose overlap is over are revoked.
      schedule: 'cron(45 6 * * ? *)',
      kinds: {
        // The administrator's own key, in the table that inactive-key-audit looks at: the new one beside the old one, for a day.
        'access-key-table': {
          database: { securityGroupId: 'sg-0a1b2c3d4e5f60718', port: 5432 },
          settings: {
            overlapHours: 24,
            // Enforce needs `database.actor` as well: a login that may add keys and turn them off.
            database: {
              reader: {
                secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/rotation-reader-a1b2c3',
              },
            },
            masterKey: {
              secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/master-key-a1b2c3',
            },
            keys: {
              table: 'access_keys',
              keyId: 'access_key_id',
              secret: 'encrypted_secret',
              owner: 'user_id',
              createdAt: 'created_at',
              lastUsedAt: 'last_used_at',
              expiresAt: 'expires_at',
              status: { kind: 'word', column: 'status', active: 'Active', inactive: 'Inactive' },
              // Each column of the table is somewhere here: what a new key would lack, it might not be allowed to do.
              copied: ['description'],
              filled: ['id'],
            },
            owners: { table: 'users', id: 'id', name: 'username', status: { kind: 'boolean', column: 'is_active' } },
            endpoint: { url: 'https://storage.example.com' },
            secrets: [
              {
                secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/admin-credentials-a1b2c3',
                owner: 'admin',
              },
            ],
          },
        },
        // Two users in turn: nobody is ever turned away. For whatever has many connections.
        'postgres-alternating': {
          // Secrets Manager counts in UTC. The first of each month, between 2 and 3.
          rotates: 'cron(0 2 1 * ? *)',
          database: { securityGroupId: 'sg-0a1b2c3d4e5f60718', port: 5432 },
          settings: {
            overlapHours: 48,
            secrets: [
              {
                secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/app-a1b2c3',
                maxAgeDays: 33,
                server: { hosts: ['db.internal'] },
                users: ['alexander_a', 'alexander_b'],
                owner: 'alexander_owner',
                admin: {
                  secretArn:
                    'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/nightshift-rotator-a1b2c3',
                },
                // They say which version they use by a tag of the secret; the old one waits for that.
                consumers: ['gateway'],
              },
            ],
          },
        },
        // One user: connections that begin within the window of a rotation are turned away, and have to try again.
        'postgres-user': {
          database: { securityGroupId: 'sg-0a1b2c3d4e5f60718', port: 5432 },
          settings: {
            secrets: [
              {
                secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/nightly-jobs-a1b2c3',
                server: { hosts: ['db.internal'] },
                username: 'alexander_jobs',
              },
            ],
          },
        },
      },
    },
  },
} satisfies System;
