/** Says which endpoint is held to account, and starts the stand-in where the environment names none. */
import { startStandIn } from '../../local/aws/stand-in.ts';

/** Called by vitest once, before any worker starts: the workers inherit the environment that this leaves. */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  const named = namedEndpoints();
  if (named.length > 0) {
    process.env.AWS_REGION ??= 'eu-central-1';
    console.error(`Held to account: ${named.join(', ')}, in ${process.env.AWS_REGION}`);
    return undefined;
  }
  const standIn = await startStandIn();
  const { accessKeyId, secretAccessKey } = standIn.credentialsFor('conformance');
  const environment = {
    AWS_ENDPOINT_URL: standIn.endpoint,
    AWS_REGION: standIn.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
  Object.assign(process.env, environment);
  // The person's own session token belongs to other keys.
  delete process.env.AWS_SESSION_TOKEN;
  console.error(
    `Held to account: the stand-in of local/aws, at ${standIn.endpoint} (set AWS_ENDPOINT_URL to name another)`,
  );
  return () => standIn.stop();
}

/**
 * `AWS_ENDPOINT_URL` names one endpoint for every service, as emulators have it; `AWS_ENDPOINT_URL_S3` and its like name
 * one each, and a service left out is AWS itself.
 */
function namedEndpoints(): string[] {
  return Object.entries(process.env)
    .filter(([name, value]) => /^AWS_ENDPOINT_URL(_[A-Z0-9_]+)?$/.test(name) && value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${value}`);
}
