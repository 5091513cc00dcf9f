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
  },
} satisfies System;
