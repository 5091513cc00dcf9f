import { afterEach, describe, expect, it } from 'vitest';
import { answer } from '../../../functions/on-deploy/answer.ts';
import { DeployEvent } from '../../../functions/on-deploy/contract.ts';
import { type CloudFormation, deployEvent, startCloudFormation } from './cloud-formation.ts';

const servers: CloudFormation[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function cloudFormation(...statuses: number[]): Promise<CloudFormation> {
  const server = await startCloudFormation(...statuses);
  servers.push(server);
  return server;
}

const event = (ResponseURL: string, fields = {}) => DeployEvent.parse(deployEvent({ ResponseURL, ...fields }));
const done = (problems: string[] = []) => ({ status: 'SUCCESS', problems }) as const;

describe('the answer to CloudFormation', () => {
  it('is put to the signed address without a content type, which the signature does not cover', async () => {
    const { url, received } = await cloudFormation(200);
    await answer(event(url), done());
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'PUT', url: '/answer?Signature=canary-signature' });
    expect(received[0]?.headers).not.toHaveProperty('content-type');
    expect(received[0]?.headers['content-length']).toBe(String(received[0]?.body.length));
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      Status: 'SUCCESS',
      Reason: 'none',
      PhysicalResourceId: 'Hook',
      StackId: 'arn:aws:cloudformation:eu-central-1:111122223333:stack/Alexander/1',
      RequestId: 'request-1',
      LogicalResourceId: 'Hook',
      Data: { Problems: 'none' },
    });
  });

  it('keeps the resource’s id on an update, so that nothing is deleted in its place', async () => {
    const { url, received } = await cloudFormation(200);
    await answer(
      event(url, { RequestType: 'Update', PhysicalResourceId: 'first-id', OldResourceProperties: {} }),
      done(),
    );
    expect(JSON.parse(received[0]?.body ?? '').PhysicalResourceId).toBe('first-id');
  });

  it('stays below the 4,096 bytes that CloudFormation takes, however much went wrong', async () => {
    const { url, received } = await cloudFormation(200);
    await answer(event(url), done(Array.from({ length: 200 }, (_, index) => `Could not do thing ${index}.`)));
    expect(Buffer.byteLength(received[0]?.body ?? '')).toBeLessThan(4096);
    expect(JSON.parse(received[0]?.body ?? '').Data.Problems).toContain('Could not do thing 0.');
  });

  it('is sent again when it was not taken', async () => {
    const { url, received } = await cloudFormation(503, 200);
    await answer(event(url), done(), 1);
    expect(received).toHaveLength(2);
    expect(received[1]?.body).toBe(received[0]?.body);
  });

  it('F16 fails without telling the signed address', async () => {
    const { url, received } = await cloudFormation(403);
    const failure = await answer(event(url), done(), 1).catch((error: unknown) => error);
    expect(received).toHaveLength(3);
    expect(String(failure)).toBe('Error: CloudFormation did not take the answer, 3 times: status 403');
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('canary-signature');
  });
});
