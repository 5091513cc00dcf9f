/** An API client of Akamai whose credential is rotated, and the secret that holds it. */
import { handler } from '../../../../functions/credential-rotation/http-api/handler.ts';
import { type Akamai, startAkamai } from '../../../../local/akamai/akamai.ts';
import type { Credential } from '../../../../local/akamai/credential-store.ts';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { call, type Rotated, stored } from '../ground.ts';

export type Ground = {
  estate: Estate;
  akamai: Akamai;
  rotated: Rotated;
  secretArn: string;
  /** As it was planted. */
  reset(): void;
  stop(): Promise<void>;
};

/** Long enough that none but the tests' own doing ends it. */
export const OVERLAP_HOURS = 24;

export async function startGround(): Promise<Ground> {
  const estate = await startEstate();
  const akamai = await startAkamai();
  const secretArn = estate.aws.createSecret('alecs/edgerc', '{}');
  const { host, caPem } = akamai;
  const secret = { secretArn, maxAgeDays: 32, host, caPem, work: '/papi/v1/contracts' };
  const ground = {
    estate,
    akamai,
    rotated: { kind: 'http-api', handler, settings: { overlapHours: OVERLAP_HOURS, secrets: [secret] } },
    secretArn,
    reset: () => reset({ estate, akamai, secretArn }),
    stop: async () => {
      await akamai.stop();
      await estate.stop();
    },
  };
  ground.reset();
  return ground;
}

function reset({ estate, akamai, secretArn }: Pick<Ground, 'estate' | 'akamai' | 'secretArn'>): void {
  const { aws } = estate;
  akamai.clear();
  akamai.skew(0);
  akamai.client.clear();
  const first = akamai.edgeRcOf(akamai.client.add({ description: 'made by hand' }));
  aws.faults.clear();
  aws.resetSecret(secretArn, JSON.stringify({ ...first, 'max-body': '131072' }));
  aws.rotateSecret(secretArn, { functionName: 'rotation', qualifier: 'live', everyDays: 30 });
  for (const { key } of aws.objects('alexander-evidence')) aws.eraseVersions('alexander-evidence', key);
}

/** The same settings with something else in them. */
export function edited({ rotated }: Ground, secret: object, others: object = {}): Rotated {
  const { secrets, ...rest } = rotated.settings as { secrets: object[] };
  return { ...rotated, settings: { ...rest, ...others, secrets: [{ ...secrets[0], ...secret }] } };
}

const HOUR_MS = 3_600_000;

/** An ordinary run, so many hours later by the account's clock; requests are signed by this machine's. */
export async function night(ground: Ground, { hours = 0, ...asked }: { hours?: number; event?: object } = {}) {
  const { clock } = ground.estate.aws;
  clock.advance(hours * HOUR_MS);
  try {
    return await call(ground.estate, ground.rotated, asked);
  } finally {
    clock.advance(-hours * HOUR_MS);
  }
}

/** Credentials that let somebody in, and that no version of the secret holds. */
export function strays({ akamai, estate, secretArn }: Ground): Credential[] {
  const tokens = stored(estate.aws, secretArn).map(({ client_token: token }) => token);
  return akamai.client.credentials.filter(
    ({ status, clientToken }) => status === 'ACTIVE' && !tokens.includes(clientToken),
  );
}
