/** TLS before a stand-in, as a store of one's own has it: with a certificate that only its own CA has signed. */
import { connect } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { StandIn } from '../../../local/aws/stand-in.ts';
import { createAuthority } from '../../../local/listeners/authority.ts';

export type Front = { endpoint: string; caPem: string; stop(): Promise<void> };

export async function startFront(aws: StandIn): Promise<Front> {
  const authority = await createAuthority(new Date());
  const presented = await authority.present({ name: 'localhost', days: [-1, 30] });
  const behind = new URL(aws.endpoint);
  const open = new Set<TLSSocket>();
  const server = createServer({ cert: presented.certPem + presented.chainPem, key: presented.keyPem }, (socket) => {
    open.add(socket);
    const inner = connect(Number(behind.port), behind.hostname);
    socket.on('error', () => inner.destroy()).on('close', () => open.delete(socket));
    inner.on('error', () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { endpoint: `https://localhost:${port}`, caPem: authority.rootPem, stop: () => stop(server, open) };
}

function stop(server: Server, open: Set<TLSSocket>): Promise<void> {
  for (const socket of open) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}
