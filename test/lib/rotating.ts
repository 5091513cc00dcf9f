/** The example with its credentials rotated: every kind that there is, and secrets with a customer key. */
import type { System } from '../../lib/system.ts';
import alecs from '../../systems/alecs.ts';
import alexander from '../../systems/alexander.ts';
import fileforge from '../../systems/fileforge.ts';
import signx from '../../systems/signx-studio.ts';

export const rotation = alexander.runbooks['credential-rotation'];
export const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';

export type Rotation = NonNullable<System['runbooks']['credential-rotation']>;

export const withRotation = (changes: Partial<Rotation>): System => ({
  ...alexander,
  runbooks: { 'credential-rotation': { ...rotation, ...changes } as Rotation },
});

const ACTOR = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/rotation-actor-d4e5f6';

/** With the login that may add keys to the table and turn them off. */
function acting(): Rotation['kinds'] {
  const kinds = structuredClone(rotation.kinds) as Rotation['kinds'];
  const table = kinds['access-key-table'];
  if (table) table.settings.database.actor = { secretArn: ACTOR };
  return kinds;
}

export const rotating = (): System => withRotation({ mode: 'enforce', kinds: acting() });

/** The credential of an API client, in either mode, with a webhook that is told of its rotations. */
export function rotatingApi(mode: 'report' | 'enforce'): System {
  const { 'http-api': api } = structuredClone(alecs.runbooks['credential-rotation'].kinds);
  const webhook = { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alecs/webhook-a1b2c3' };
  return withRotation({ mode, kinds: { 'http-api': { ...api, settings: { ...api.settings, webhook } } } });
}

/** Both kinds of a cache's passwords, under the names that their own tests have for them. */
export function rotatingCaches(mode: 'report' | 'enforce'): System {
  const user = structuredClone(signx.runbooks['credential-rotation'].kinds['elasticache-user']) as CacheUser;
  const token = structuredClone(
    fileforge.runbooks['credential-rotation'].kinds['elasticache-auth-token'],
  ) as CacheToken;
  for (const secret of user.settings.secrets) secret.userId = 'cart-app-id';
  for (const secret of token.settings.secrets) secret.replicationGroupId = 'cart';
  return withRotation({ mode, kinds: { 'elasticache-user': user, 'elasticache-auth-token': token } });
}

type CacheUser = NonNullable<Rotation['kinds']['elasticache-user']>;
type CacheToken = NonNullable<Rotation['kinds']['elasticache-auth-token']>;

/** Each secret is encrypted with a key of the account's own. */
export function rotatingWithKeys(): System {
  const kinds = acting();
  for (const kind of Object.values(kinds)) for (const secret of kind?.settings.secrets ?? []) secret.kmsKeyArn = KEY;
  const table = kinds['access-key-table'];
  if (table) {
    const { database, masterKey } = table.settings;
    for (const secret of [database.reader, database.actor, masterKey]) if (secret) secret.kmsKeyArn = KEY;
  }
  for (const { admin } of kinds['postgres-alternating']?.settings.secrets ?? []) admin.kmsKeyArn = KEY;
  return withRotation({ mode: 'enforce', kinds });
}
