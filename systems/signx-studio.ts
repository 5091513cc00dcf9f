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
  },
} satisfies System;
