/** A secret as Secrets Manager would describe it, from the labels of its versions. */
import type { Described } from '../../../functions/credential-rotation/secrets.ts';

export const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-a1b2c3';

/** @param labels of each version */
export function secretWith(labels: Record<string, string[]>, more: Partial<Described> = {}): Described {
  const versions = new Map(Object.entries(labels));
  const labelled = (label: string) => [...versions].find(([, stages]) => stages.includes(label))?.[0];
  return {
    secretArn: SECRET_ARN,
    current: labelled('AWSCURRENT'),
    pending: labelled('AWSPENDING'),
    previous: labelled('AWSPREVIOUS'),
    versions,
    rotates: true,
    rotatedAt: undefined,
    changedAt: undefined,
    tags: new Map(),
    ...more,
  };
}
