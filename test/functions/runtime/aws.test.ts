import { createServer } from 'node:net';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { CLIENT, namesItsEndpoint } from '../../../functions/runtime/aws.ts';
import { openStore } from '../../../functions/runtime/store.ts';
import { HALT_PARAMETER, useAccount } from './account.ts';

const account = useAccount();

/** A port of this machine where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const ask = (client: SSMClient) => client.send(new GetParameterCommand({ Name: HALT_PARAMETER }));
const client = (endpoint = account.aws.endpoint) => namesItsEndpoint(new SSMClient({ ...CLIENT, endpoint }));

describe('a client of AWS', () => {
  it('names the host that it cannot reach, and what a VPC may be missing', async () => {
    const nobody = client(`http://127.0.0.1:${await closedPort()}`);
    await expect(ask(nobody)).rejects.toThrow(
      '127.0.0.1 could not be reached (ECONNREFUSED). In a VPC without a NAT gateway, each AWS service needs a VPC endpoint.',
    );
  });

  it('names a host that does not exist', async () => {
    await expect(ask(client('http://ssm.nightshift.invalid'))).rejects.toThrow(
      /^ssm\.nightshift\.invalid could not be reached/,
    );
  });

  it('says the same of the evidence bucket, as an error of the evidence', async () => {
    const endpoint = process.env.AWS_ENDPOINT_URL;
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${await closedPort()}`;
    const store = openStore(account.bucket);
    await expect(
      store.readJson('state/x.json').finally(() => {
        process.env.AWS_ENDPOINT_URL = endpoint;
      }),
    ).rejects.toMatchObject({
      name: 'EvidenceError',
      message: expect.stringContaining('127.0.0.1 could not be reached'),
    });
  });

  it('leaves what the service itself answers as it is', async () => {
    account.aws.faults.deny('trial', 'ssm:GetParameter');
    await expect(ask(client())).rejects.toThrow('trial is not authorized to perform ssm:GetParameter');
  });

  it('F06 gets through when it was throttled for a while', async () => {
    account.aws.faults.throttle('ssm:GetParameter', 2);
    expect((await ask(client())).Parameter?.Value).toBe('run');
  });

  it('F06 gives up after four attempts when it is throttled for ever, in less time than is kept to report', async () => {
    account.aws.faults.throttle('ssm:GetParameter', Number.POSITIVE_INFINITY);
    const [calls, begun] = [account.aws.faults.calls(), performance.now()];
    await expect(ask(client())).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(account.aws.faults.calls() - calls).toBe(4);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
