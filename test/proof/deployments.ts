/** The deployments that the proof looks at: the example in either mode, and the larger of the two with customer keys. */
import type { System } from '../../lib/system.ts';
import { findRedis } from '../../local/redis/programs.ts';
import alexander from '../../systems/alexander.ts';
import signxStudio from '../../systems/signx-studio.ts';
import { collecting, coordinated, copying } from '../lib/collecting.ts';
import { everyBackup } from '../lib/every-backup.ts';
import { rotating, rotatingApi, rotatingCaches, rotatingWithKeys } from '../lib/rotating.ts';
import { enforcing, everyCertificate, synthesized } from '../lib/synthesized.ts';
import { type Deployment, deploymentOf } from './deployment.ts';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';

const SYSTEMS: Record<string, () => System> = {
  'report mode': () => alexander,
  'enforce mode': enforcing,
  'enforce mode with customer keys': () => keyed(enforcing()),
  'every source of certificates': () => listed(everyCertificate()),
  'every source of backups': everyBackup,
  'a collector of blobs': collecting,
  'a collector of blobs that copies': copying,
  'a collector of blobs with a coordinator': coordinated,
  'a drill from snapshots': () => drilling({ restore: 'latest-snapshot' }),
  'a drill to a point in time, with a customer key': () =>
    drilling({ restore: 'latest-restorable-time', kmsKeyArn: KEY }),
  'credentials that are rotated': rotating,
  'credentials that are rotated, with customer keys': rotatingWithKeys,
  'a credential of an API': () => rotatingApi('report'),
  'a credential of an API that is rotated': () => rotatingApi('enforce'),
  ...cachesIfTried(),
};

/** Their requests come from tests that need a real Redis; without one there are none to hold against anything. */
function cachesIfTried(): Record<string, () => System> {
  const found = findRedis();
  if ('because' in found) {
    process.stdout.write(`Not proved, because ${found.because}: the roles that rotate passwords of a cache\n`);
    return {};
  }
  return {
    'passwords of caches': () => rotatingCaches('report'),
    'passwords of caches that are rotated': () => rotatingCaches('enforce'),
  };
}

type Name = string;

const made = new Map<Name, Deployment>();

/** Synthesized when it is first asked for; the files of the proof share one process, see vitest.proof.config.ts. */
export function deployed(name: Name): Deployment {
  const before = made.get(name);
  if (before) return before;
  const system = SYSTEMS[name]?.();
  if (system === undefined) throw new Error(`there is no deployment ${name} here`);
  const deployment = deploymentOf(name, system, synthesized(system));
  made.set(name, deployment);
  return deployment;
}

export function allDeployed(): Deployment[] {
  return Object.keys(SYSTEMS).map(deployed);
}

/** The check from inside the VPC with everything that settings can name, as the local estate has it. */
function listed(system: System): System {
  const { public: outside, private: inside } = structuredClone(system.runbooks['certificate-check']) ?? {};
  if (!outside || !inside) throw new Error('the example with every certificate has lost a placement');
  const check = { private: { ...inside, settings: { ...outside.settings, ...inside.settings } } };
  return { ...system, runbooks: { 'certificate-check': check } };
}

type Source = NonNullable<System['runbooks']['restore-drill']>['settings']['source'];

/** A drill of the instance, with the groups, that its own tests plant. */
function drilling(source: Omit<Source, 'instance'>): System {
  const drill = structuredClone(signxStudio.runbooks['restore-drill']);
  const copy = {
    ...drill.settings.copy,
    subnetGroup: 'isolated',
    parameterGroup: 'apex-postgres18',
    optionGroup: 'default:postgres-18',
  };
  const settings = { ...drill.settings, source: { instance: 'apex-db', ...source }, copy };
  return { ...alexander, runbooks: { 'restore-drill': { ...drill, settings } } };
}

/** Its secrets, and topics that existed before it, encrypted with a key of the account's own. */
function keyed(system: System): System {
  const changed = structuredClone(system);
  const topicArn = (name: string) => `arn:aws:sns:eu-central-1:111122223333:existing-${name}`;
  changed.topics = {
    page: { topicArn: topicArn('page'), kmsKeyArn: KEY },
    notify: { topicArn: topicArn('notify'), kmsKeyArn: KEY },
  };
  const { reader, actor } = changed.runbooks['inactive-key-audit']?.settings.database ?? {};
  for (const secret of [reader, actor]) if (secret) secret.kmsKeyArn = KEY;
  return changed;
}
