/** The example with its credentials rotated: every kind that there is, and secrets with a customer key. */
import type { System } from '../../lib/system.ts';
import alexander from '../../systems/alexander.ts';

export const rotation = alexander.runbooks['credential-rotation'];
export const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';

export type Rotation = NonNullable<System['runbooks']['credential-rotation']>;

export const withRotation = (changes: Partial<Rotation>): System => ({
  ...alexander,
  runbooks: { 'credential-rotation': { ...rotation, ...changes } as Rotation },
});

export const rotating = (): System => withRotation({ mode: 'enforce' });

/** Each rotated secret is encrypted with a key of the account's own, and a webhook is told. */
export function rotatingWithKeys(): System {
  const kinds = structuredClone(rotation.kinds) as Rotation['kinds'];
  for (const kind of Object.values(kinds)) {
    for (const secret of kind?.settings.secrets ?? []) secret.kmsKeyArn = KEY;
    const webhook = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/webhook-a1b2c3';
    if (kind) kind.settings.webhook = { secretArn: webhook };
  }
  return withRotation({ mode: 'enforce', kinds });
}
