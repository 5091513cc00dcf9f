import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listeners, startListeners } from '../../../local/listeners/listeners.ts';
import { firstAnswer, look, nextPacket } from './client.ts';
import { hasOpenssl, sClient } from './openssl.ts';

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
/** Enough of a handshake for a server to answer. */
const HELLO = Buffer.from([0x16, 0x03, 0x01, 0x00, 0x01, 0x01]);

describe('the local listeners’ dialogues', () => {
  let local: Listeners;
  beforeAll(async () => {
    local = await startListeners();
  });
  afterAll(() => local.stop());

  const find = (plant: string) => {
    const found = local.listeners.find((listener) => listener.plant === plant);
    if (found === undefined) throw new Error(`no listener ${plant}`);
    return found;
  };

  it.for(['postgres', 'smtp'])('openssl s_client finds its way to TLS over %s', async (protocol, { skip }) => {
    if (!hasOpenssl()) return skip('openssl is not installed');
    const { port, serverName } = find(`${protocol}-good`);
    const { code, output } = await sClient({ port, serverName, protocol, trustPem: local.trustPem });
    expect(output).toMatch('Verify return code: 0 (ok)');
    expect(output).toMatch(`CN = ${serverName}`);
    expect(code).toBe(0);
  });

  it('sends more than one byte behind the request for TLS, in the same packet', async () => {
    expect(await firstAnswer(find('postgres-good'), SSL_REQUEST)).toEqual(Buffer.from('S'));
    const sneaked = await firstAnswer(find('postgres-sneaks-bytes'), SSL_REQUEST);
    expect(sneaked.subarray(0, 2).toString()).toBe('SR');
    expect(sneaked.length).toBeGreaterThan(1);
  });

  it('goes on to a good handshake, so that a client that throws the rest away finds nothing wrong', async () => {
    const { port, host, serverName } = find('postgres-sneaks-bytes');
    const socket = connect(port, host);
    socket.write(SSL_REQUEST);
    await nextPacket(socket);
    expect(await careless(socket, serverName, local.trustPem)).toBe(true);
  });

  it('declines TLS over PostgreSQL with one byte', async () => {
    expect(await firstAnswer(find('postgres-without-tls'), SSL_REQUEST)).toEqual(Buffer.from('N'));
  });

  it('sends a line behind the 220 of SMTP, in the same packet', async () => {
    const said = await speakSmtp(find('smtp-sneaks-bytes').port);
    expect(said.at(-1)).toMatch(/^220 .*\r\n250 .*\r\n$/);
    expect((await speakSmtp(find('smtp-good').port)).at(-1)).toMatch(/^220 [^\r]*\r\n$/);
  });

  it('offers no STARTTLS where it has none, and refuses it', async () => {
    const said = await speakSmtp(find('smtp-without-tls').port);
    expect(said[1]).not.toMatch('STARTTLS');
    expect(said[2]).toMatch(/^502 /);
  });

  it('answers in plain text, with garbage, with nothing, or not at all', async () => {
    expect((await firstAnswer(find('plain-text'), HELLO)).toString()).toMatch(/^HTTP\/1\.1 400/);
    expect([...(await firstAnswer(find('garbage'), HELLO)).subarray(0, 3)]).toEqual([0x16, 3, 3]);
    await expect(firstAnswer(find('hanging-up'), HELLO).catch(() => Buffer.alloc(0))).resolves.toHaveLength(0);
    await expect(firstAnswer(find('dead'), HELLO)).rejects.toThrow('ECONNREFUSED');
    const silence = await Promise.race([firstAnswer(find('silent'), HELLO), sleep(300, 'silence')]);
    expect(silence).toBe('silence');
  });

  it.each(['plain-text', 'garbage', 'hanging-up', 'dead'])('lets no handshake come about with %s', async (plant) => {
    await expect(look(find(plant), local.trustPem)).rejects.toThrow(
      /wrong version|packet|ECONN|disconnected|SSL|socket/,
    );
  });

  it('dribbles a handshake byte by byte', async () => {
    const { port, host, serverName } = find('slow');
    const socket = connect(port, host);
    const arrived: number[] = [];
    const secured = tls.connect({ socket, servername: serverName, rejectUnauthorized: false });
    let isSecure = false;
    secured.on('secureConnect', () => {
      isSecure = true;
    });
    secured.on('error', () => {});
    const timer = setInterval(() => arrived.push(socket.bytesRead), 20);
    await sleep(700);
    clearInterval(timer);
    secured.destroy();
    expect(isSecure).toBe(false);
    expect(arrived.at(-1)).toBeGreaterThan(1);
    expect(arrived.at(-1)).toBeLessThan(20);
  });

  it('leaves no listener and no connection behind', async () => {
    const other = await startListeners();
    const held = other.listeners.filter(({ plant }) => plant !== 'dead').map(({ port, host }) => connect(port, host));
    for (const socket of held) socket.on('error', () => {});
    await sleep(50);
    await other.stop();
    for (const { port, host } of other.listeners) {
      await expect(firstAnswer({ ...find('good'), port, host })).rejects.toThrow('ECONNREFUSED');
    }
    await Promise.all(held.map((socket) => (socket.closed ? undefined : nextPacket(socket).catch(() => undefined))));
  });
});

/** Begins the handshake without asking what came before it. */
function careless(socket: Socket, servername: string, ca: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({ socket, servername, ca }, () => {
      resolve(secured.authorized);
      secured.destroy();
    });
    secured.on('error', reject);
  });
}

/** What is said to a client that connects, greets and asks for TLS. */
async function speakSmtp(port: number): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  const said = [(await nextPacket(socket)).toString()];
  for (const command of ['EHLO nightshift.test', 'STARTTLS']) {
    socket.write(`${command}\r\n`);
    said.push((await nextPacket(socket)).toString());
  }
  socket.destroy();
  return said;
}
