/** A store at a distance: passes requests on after a while, and remembers when those to one bucket came. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Until S3 answers a small request from the same region. */
const LATENCY_MS = 30;

export type SlowStore = { endpoint: string; cameAtMs: number[]; close(): void };

export async function openSlowStore(behind: string, bucket: string): Promise<SlowStore> {
  const cameAtMs: number[] = [];
  const server = createServer(async (incoming, outgoing) => {
    if (incoming.url?.startsWith(`/${bucket}`)) cameAtMs.push(performance.now());
    await sleep(LATENCY_MS);
    passOn(behind, incoming, outgoing);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { endpoint, cameAtMs, close: () => server.close() };
}

/** With its own headers: the signature covers the host that it was sent to. */
function passOn(behind: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers, url } = incoming;
  const passed = request(new URL(url ?? '/', behind), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => outgoing.destroy());
  incoming.pipe(passed);
}
