/** CloudFormation's end of a custom resource: what it sends, and where it waits for the answer. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

type Received = { method: string | undefined; url: string | undefined; headers: IncomingHttpHeaders; body: string };
export type CloudFormation = { url: string; received: Received[]; close(): void };

/** What CloudFormation sends to a custom resource, with some fields replaced. */
export function deployEvent(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    RequestType: 'Create',
    ServiceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:on-deploy:live',
    ResponseURL: 'http://127.0.0.1:9/answer?Signature=canary-signature',
    StackId: 'arn:aws:cloudformation:eu-central-1:111122223333:stack/Alexander/1',
    RequestId: 'request-1',
    ResourceType: 'Custom::NightshiftDeployment',
    LogicalResourceId: 'Hook',
    ResourceProperties: {},
    ...fields,
  };
}

/** Answers with one status after the other, and with the last one from then on. */
export async function startCloudFormation(...statuses: number[]): Promise<CloudFormation> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    received.push({ method: request.method, url: request.url, headers: request.headers, body });
    response.statusCode = statuses[received.length - 1] ?? statuses.at(-1) ?? 200;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/answer?Signature=canary-signature`;
  return { url, received, close: () => server.close() };
}
