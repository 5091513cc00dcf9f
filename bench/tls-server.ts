/** Shows one certificate to whoever asks, and is silent on another port; in a process of its own, for the certificate bench. */
import 'reflect-metadata';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createAuthority } from '../local/listeners/authority.ts';

const authority = await createAuthority(new Date());
const { certPem, chainPem, keyPem } = await authority.present({ name: '*.bench.test', days: [-10, 80] });
const good = createTlsServer({ cert: certPem + chainPem, key: keyPem }).on('tlsClientError', () => {});
const silent = createServer(() => {});
const ports: number[] = [];
for (const server of [good, silent]) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ports.push((server.address() as AddressInfo).port);
}
console.log(JSON.stringify({ good: ports[0], silent: ports[1], rootPem: authority.rootPem }));
// Ends with the bench, also where that is killed.
process.stdin.resume().on('end', () => process.exit());
