import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dial } from '../../../functions/certificate-check/dial.ts';
import { DialError } from '../../../functions/certificate-check/dial-error.ts';
import { type Authority, createAuthority } from '../../../local/listeners/authority.ts';
import { createLoopback, type Loopback } from '../../../local/listeners/loopback.ts';
import { type Manner, secureContext } from '../../../local/listeners/secure.ts';

const TIMEOUT_MS = 400;

describe('one handshake', () => {
  let authority: Authority;
  let loopback: Loopback;
  beforeAll(async () => {
    authority = await createAuthority(new Date());
    loopback = createLoopback();
  });
  afterAll(() => loopback.stop());

  type Protocol = 'tls' | 'postgres' | 'smtp';
  const dialTo = async (manner: Manner, protocol: Protocol = 'tls') => {
    const port = await loopback.listen(manner);
    return dial({ address: '127.0.0.1', port, sni: 'a.test', protocol, timeoutMs: TIMEOUT_MS });
  };
  const failure = async (manner: Manner, protocol?: Protocol) => {
    const began = performance.now();
    const error = await dialTo(manner, protocol).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DialError);
    expect(performance.now() - began).toBeLessThan(TIMEOUT_MS * 2);
    return { kind: (error as DialError).kind, message: (error as DialError).message };
  };

  it.each([
    'TLSv1.2',
    'TLSv1.3',
  ] as const)('sees the certificates of a server that demands one of ours, with %s', async (version) => {
    const presented = await authority.present({ name: 'a.test', days: [-1, 60] });
    const context = secureContext(presented, version);
    const { chain, tls } = await dialTo((socket) => {
      const demanding = { isServer: true, secureContext: context, requestCert: true, rejectUnauthorized: true };
      new TLSSocket(socket, demanding).on('error', () => socket.destroy());
    });
    expect(chain.map(({ subject }) => subject)).toEqual(['CN=a.test', 'CN=Nightshift local intermediate']);
    expect(tls).toBe(version);
  });

  it('F86 a flood of nonsense ends with the time-out at the latest', async () => {
    const flood = (socket: Socket) => {
      const more = () => {
        while (socket.write(Buffer.alloc(16_384, 'x'))) if (socket.destroyed) return;
      };
      socket.on('drain', more);
      more();
    };
    expect((await failure(flood)).kind).toMatch(/^(no TLS|unreachable)$/);
  });

  it('F86 a greeting without an end is not waited for, nor kept', async () => {
    const endless = (socket: Socket) => {
      const timer = setInterval(() => socket.write('220-still greeting\r\n'), 5);
      socket.on('close', () => clearInterval(timer));
    };
    expect(await failure(endless, 'smtp')).toMatchObject({ kind: 'unreachable' });
    const huge = (socket: Socket) => socket.write(`220-${'x'.repeat(100_000)}`);
    expect(await failure(huge, 'smtp')).toMatchObject({ kind: 'no TLS' });
  });

  it('F86 a server that hangs up in the middle of the dialogue is unreachable', async () => {
    expect(await failure((socket) => socket.once('data', () => socket.end()), 'postgres')).toEqual({
      kind: 'unreachable',
      message: 'it closed the connection before TLS began',
    });
  });

  it('F84 one byte more than the S is refused, and so is every other answer', async () => {
    const answering = (text: string) => (socket: Socket) => socket.once('data', () => socket.write(text));
    expect(await failure(answering('Sx'), 'postgres')).toMatchObject({ kind: 'bytes before TLS' });
    expect(await failure(answering('N'), 'postgres')).toMatchObject({ kind: 'no TLS' });
    expect(await failure(answering('E'), 'postgres')).toMatchObject({ kind: 'no TLS' });
  });

  it('F84 a byte that comes after the S in a packet of its own is no handshake', async () => {
    const sneaking = (socket: Socket) => {
      socket.setNoDelay(true);
      socket.once('data', () => {
        socket.write('S');
        setTimeout(() => socket.write('R\0\0\0\x08\0\0\0\0'), 20);
      });
    };
    expect((await failure(sneaking, 'postgres')).kind).toMatch(/^(no TLS|unreachable)$/);
  });

  it('F81 a server that knows no such name is told apart from one that refuses for another reason', async () => {
    const alert = (description: number) => (socket: Socket) =>
      socket.once('data', () => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, description])));
    expect(await failure(alert(112))).toMatchObject({ kind: 'unknown name' });
    expect(await failure(alert(40))).toMatchObject({ kind: 'handshake refused', message: 'alert handshake failure' });
  });
});
