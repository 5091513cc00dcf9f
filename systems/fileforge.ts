import type { System } from '../lib/system.ts';

/** FileForge: a file platform of an API, Celery workers, PostgreSQL, Redis and uploads. */
export default {
  name: 'FileForge',
  // An example account, as every name below: put your own here.
  account: '111122223333',
  region: 'eu-central-1',
  timeZone: 'Europe/Berlin',
  vpc: {
    vpcId: 'vpc-0f11ef0f11ef0f11e',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: ['subnet-0f11ef0f11ef0f11e', 'subnet-e11f0fe11f0fe11f0'],
  },
  severities: {
    critical: { word: 'SEV-1', respondWithin: '15 minutes', topic: 'page' },
    warning: { word: 'SEV-3', respondWithin: '4 hours', topic: 'notify' },
    info: { word: 'SEV-4', respondWithin: '24 hours', topic: 'notify' },
  },
  topics: {
    page: { emails: ['fileforge-oncall@example.com'] },
    notify: { emails: ['fileforge-team@example.com'] },
  },
  tags: { system: 'fileforge', managedBy: 'nightshift' },
  runbooks: {
    'backup-verification': {
      schedule: 'cron(0 4 * * ? *)',
      scratchDatabase: { securityGroupId: 'sg-0f22ef0f22ef0f22e', port: 5432 },
      settings: {
        sources: [
          {
            kind: 'dump',
            name: 'latest',
            store: { bucket: 'fileforge-backups' },
            key: 'database/latest.sql.gz',
            // It is written again each night; the bucket's versions are the backups before.
            schedule: { everyHours: 24, keepDays: 30 },
            checks: { tables: [{ table: 'files' }, { table: 'users' }] },
          },
          {
            kind: 'base',
            name: 'base',
            store: { bucket: 'fileforge-backups' },
            prefix: 'base/',
            schedule: { everyHours: 24, keepDays: 7 },
          },
          {
            kind: 'wal',
            name: 'wal',
            store: { bucket: 'fileforge-backups' },
            prefix: 'wal/',
            continues: 'base',
            maxLagMinutes: 60,
            keepDays: 7,
          },
          {
            kind: 'files',
            name: 'uploads',
            store: { bucket: 'fileforge-backups' },
            prefix: 'files/',
            of: { store: { bucket: 'fileforge-uploads' }, prefix: 'uploads/' },
            schedule: { everyHours: 24, keepDays: 90 },
            copies: [
              {
                name: 'other-region',
                store: { bucket: 'fileforge-backups-eu-west-1', region: 'eu-west-1' },
                prefix: 'files/',
              },
            ],
          },
        ],
        scratch: {
          database: {
            reader: {
              secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:fileforge/nightshift-restore-a1b2c3',
            },
          },
          source: { hosts: ['postgres.fileforge.internal'], systemIdentifier: '7431234567890123457' },
        },
        objectives: [{ protects: 'database', rpoMinutes: 60, rtoMinutes: 240 }],
      },
    },
    'certificate-check': {
      public: {
        schedule: 'cron(15 6 * * ? *)',
        settings: {
          // The runbook asks for a warning at 30 days; the ladder begins there.
          endpoints: [
            { host: 'fileforge.example.com', port: 443, protocol: 'https' },
            { host: 'api.fileforge.example.com', port: 443, protocol: 'https' },
            { host: 'app.fileforge.example.com', port: 443, protocol: 'https' },
            { host: 'metrics.fileforge.example.com', port: 443, protocol: 'https' },
            { host: 'grafana.fileforge.example.com', port: 443, protocol: 'https' },
            { host: 'status.fileforge.example.com', port: 443, protocol: 'https' },
          ],
        },
      },
    },

    'credential-rotation': {
      mode: 'report',
      schedule: 'cron(45 6 * * ? *)',
      kinds: {
        'postgres-user': {
          database: { securityGroupId: 'sg-0f22ef0f22ef0f22f', port: 5432 },
          settings: {
            secrets: [
              {
                secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:fileforge/database-a1b2c3',
                server: { hosts: ['postgres.fileforge.internal'] },
                dbname: 'fileforge',
                username: 'fileforge',
              },
            ],
          },
        },
        'elasticache-auth-token': {
          cache: { securityGroupId: 'sg-0f22ef0f22ef0f230' },
          settings: {
            secrets: [
              {
                secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:fileforge/redis-a1b2c3',
                server: { hosts: ['redis.fileforge.internal'] },
                replicationGroupId: 'fileforge-redis',
              },
            ],
          },
        },
      },
    },
  },
} satisfies System;
