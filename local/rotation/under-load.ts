/** Rotates every secret of the estate, as in a security incident, while programs go on logging in with them. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Estate } from '../estate.ts';
import { type Load, startLoad } from './client.ts';
import { type DeployedFunction, deployFunction } from './deployed-function.ts';
import { FUNCTIONS } from './plant.ts';

/** What logging in with each of the two was like meanwhile. */
export type UnderLoad = { user: Load; pair: Load };

const KINDS = { user: 'postgres-user', pair: 'postgres-alternating' } as const;

/** Secrets Manager calls the functions' own bundles, each warm in a thread of its own. @param rotate what asks it to */
export async function rotateUnderLoad(estate: Estate, rotate: () => Promise<void>): Promise<UnderLoad> {
  const functions = (['user', 'pair'] as const).map((which) => deploy(estate, which));
  const { rotation } = estate;
  if (rotation === undefined) throw new Error('the estate was started without secrets to rotate');
  const client = clientOf(estate);
  const { host, port, caPem } = estate.postgres;
  const using = (secretArn: string) => startLoad({ secretArn, client, database: { host, port, caPem } });
  const loads = { user: using(rotation.jobsArn), pair: using(rotation.appArn) };
  try {
    await rotate();
    // A moment more, so that what came last is seen as well.
    await new Promise((resolve) => setTimeout(resolve, 200));
  } finally {
    await Promise.all(functions.map(({ stop }) => stop()));
  }
  return { user: await loads.user(), pair: await loads.pair() };
}

function deploy(estate: Estate, which: keyof typeof KINDS): DeployedFunction {
  const kind = KINDS[which];
  const name = `credential-rotation-${kind}` as const;
  const deployed = deployFunction({
    bundled: `credential-rotation/${kind}`,
    deployment: estate.settingsOf(name, 'enforce'),
    environment: estate.environmentOf(`${name} enforce`),
  });
  estate.aws.registerFunction(FUNCTIONS[which], deployed.run);
  return deployed;
}

/** As a program of the system's own, with a key of its own. */
function clientOf({ aws }: Estate): SecretsManagerClient {
  return new SecretsManagerClient({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: aws.credentialsFor('a person'),
  });
}
