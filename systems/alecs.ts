import type { System } from '../lib/system.ts';

/** ALECS: the server that automates Akamai. Its own certificate is cert-manager’s to renew; this checks that it arrived. */
export default {
  name: 'Alecs',
  // An example account, as every name below: put your own here.
  account: '111122223333',
  region: 'eu-central-1',
  timeZone: 'Europe/Berlin',
  vpc: {
    vpcId: 'vpc-0a1e0c50a1e0c5000',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: ['subnet-0a1e0c50a1e0c5000', 'subnet-0005c0e1a05c0e1a0'],
  },
  severities: {
    critical: { word: 'P0', respondWithin: '15 minutes', topic: 'page' },
    warning: { word: 'P2', respondWithin: '4 hours', topic: 'notify' },
    info: { word: 'P3', respondWithin: '24 hours', topic: 'notify' },
  },
  topics: {
    page: { emails: ['alecs-oncall@example.com'] },
    notify: { emails: ['alecs-team@example.com'] },
  },
  tags: { system: 'alecs', managedBy: 'nightshift' },
  runbooks: {
    'backup-verification': {
      schedule: 'cron(0 5 * * ? *)',
      settings: {
        sources: [
          // Each backup is a folder named by its time. Configuration is kept for ever.
          {
            kind: 'files',
            name: 'configuration',
            protects: 'configuration',
            store: { bucket: 'alecs-backups' },
            prefix: '',
            folderPerBackup: true,
            schedule: { everyHours: 24, keepDays: 3650, lifecycleRule: false },
            minFiles: 4,
          },
        ],
        objectives: [{ protects: 'configuration', rpoMinutes: 1440 }],
      },
    },
    'certificate-check': {
      public: {
        schedule: 'cron(15 6 * * ? *)',
        settings: {
          endpoints: [
            { host: 'alecs.example.com', port: 443, protocol: 'https' },
            // Akamai’s API host of these credentials: what ALECS itself has to trust.
            { host: 'example.luna.akamaiapis.net', port: 443, protocol: 'https' },
          ],
        },
      },
    },

    // The EdgeGrid credential, once a month, and at once with `{"rotate": "all"}` of credential-rotation-all.
    'credential-rotation': {
      mode: 'report',
      schedule: 'cron(45 5 * * ? *)',
      kinds: {
        'http-api': {
          rotates: 'cron(0 3 1 * ? *)',
          settings: {
            overlapHours: 72,
            secrets: [
              {
                secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alecs/edgerc-a1b2c3',
                maxAgeDays: 33,
                host: 'akab-example.luna.akamaiapis.net',
                work: '/papi/v1/contracts',
                consumers: ['alecs-server'],
              },
            ],
          },
        },
      },
    },
  },
} satisfies System;
