/** A name server on this machine that knows a few names, or says nothing at all. */
import { createSocket, type Socket } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';

/** IPv4 addresses by name; `silence` never answers, `trouble` answers SERVFAIL. */
export type Names = Record<string, string[] | 'silence' | 'trouble'>;

const A = 1;
const SERVFAIL = 2;
const NXDOMAIN = 3;

/** Becomes this process's name server until it is stopped. */
export async function startNameServer(names: Names): Promise<{ stop(): void }> {
  const before = dns.getServers();
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const answer = answerTo(query, names);
    if (answer) socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  dns.setServers([`127.0.0.1:${(socket as Socket).address().port}`]);
  return {
    stop: () => {
      dns.setServers(before);
      socket.close();
    },
  };
}

/** RFC 1035, section 4. Undefined where nothing is said. */
function answerTo(query: Buffer, names: Names): Buffer | undefined {
  const { name, end } = nameIn(query);
  const known = names[name];
  if (known === 'silence') return undefined;
  const isForA = query.readUInt16BE(end) === A;
  const addresses = isForA && Array.isArray(known) ? known : [];
  const code = known === undefined ? NXDOMAIN : known === 'trouble' ? SERVFAIL : 0;
  const header = Buffer.alloc(12);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  return Buffer.concat([header, query.subarray(12, end + 4), ...addresses.map(record)]);
}

function nameIn(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** An A record of the name that was asked for, good for a minute. */
function record(address: string): Buffer {
  const head = Buffer.from([0xc0, 0x0c, 0, A, 0, 1, 0, 0, 0, 60, 0, 4]);
  return Buffer.concat([head, Buffer.from(address.split('.').map(Number))]);
}
