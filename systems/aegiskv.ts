import type { System } from '../lib/system.ts';

/** AegisKV: a cache and key-value store of several nodes. Gossip (:7701) and HTTP (:7702) speak plain text; clients (:7700) may use TLS. */
export default {
  name: 'AegisKv',
  // An example account, as every name below: put your own here.
  account: '111122223333',
  region: 'eu-central-1',
  timeZone: 'Europe/Berlin',
  vpc: {
    vpcId: 'vpc-0ae6150ae6150ae61',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: ['subnet-0ae6150ae6150ae61', 'subnet-16ea0516ea0516ea0'],
  },
  severities: {
    critical: { word: 'SEV1', respondWithin: 'now', topic: 'page' },
    warning: { word: 'SEV3', respondWithin: '1 hour', topic: 'notify' },
    info: { word: 'SEV4', respondWithin: 'next day', topic: 'notify' },
  },
  topics: {
    page: { emails: ['aegiskv-oncall@example.com'] },
    notify: { emails: ['aegiskv-team@example.com'] },
  },
  tags: { system: 'aegiskv', managedBy: 'nightshift' },
  runbooks: {
    'certificate-check': {
      private: {
        schedule: 'cron(15 6 * * ? *)',
        settings: {
          endpoints: [
            { host: 'node1.aegiskv.internal', port: 7700, trust: 'cluster' },
            { host: 'node2.aegiskv.internal', port: 7700, trust: 'cluster' },
            { host: 'node3.aegiskv.internal', port: 7700, trust: 'cluster' },
          ],
          // The cluster’s own authority, as PEM in a secret.
          trust: {
            cluster: { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:aegiskv/cluster-ca-a1b2c3' },
          },
          allowedPrivateRanges: ['10.0.0.0/8'],
        },
      },
    },
  },
} satisfies System;
