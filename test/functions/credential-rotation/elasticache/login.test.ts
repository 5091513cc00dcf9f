import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { logIn } from '../../../../functions/credential-rotation/elasticache/login.ts';
import { encode, type Reply, readReply } from '../../../../functions/credential-rotation/elasticache/resp.ts';
import { createAuthority } from '../../../../local/listeners/authority.ts';
import { type Certificates, makeCertificates } from '../../../../local/postgres/certificates.ts';

const CANARY = 'canary0password0of0a0cache';
const deadline = { remainingMs: () => 20_000, workMs: () => 10_000 };

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

type Heard = { port: number; text(): string };

/** Hears everything, deciphered where it speaks TLS, and answers each piece of it in the same way. */
async function listener(answer: string, certificates?: Pick<Certificates, 'certPem' | 'keyPem'>): Promise<Heard> {
  const heard: string[] = [];
  const serve = (socket: import('node:net').Socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard.push(chunk.toString('latin1'));
      if (answer === '') socket.end();
      else socket.write(answer);
    });
  };
  server = certificates
    ? createTlsServer({ cert: certificates.certPem, key: certificates.keyPem }, serve)
    : createServer(serve);
  const listening = server;
  listening.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { port: (listening.address() as AddressInfo).port, text: () => heard.join('') };
}

const attempt = (port: number, caPem?: string) =>
  logIn(
    { server: { port, ...(caPem !== undefined && { caPem }) }, host: '127.0.0.1', deadline },
    { username: 'app', password: CANARY },
  );

describe('F35 no password crosses the wire', () => {
  it('to a server that speaks no TLS', async () => {
    const { port, text } = await listener('-ERR what is this\r\n');
    await expect(attempt(port)).rejects.toMatchObject({ name: 'RefusalError' });
    expect(text()).not.toBe('');
    expect(text()).not.toContain(CANARY);
  });

  it('to a server whose certificate another authority has signed', async () => {
    const { port, text } = await listener('+OK\r\n', await makeCertificates());
    const { caPem } = await makeCertificates();
    await expect(attempt(port, caPem)).rejects.toMatchObject({ name: 'RefusalError' });
    await expect(attempt(port)).rejects.toMatchObject({ name: 'RefusalError' });
    expect(text()).toBe('');
  });

  it('to a server that has another name', async () => {
    const authority = await createAuthority(new Date());
    const { port, text } = await listener(
      '+OK\r\n',
      await authority.present({ name: 'elsewhere.example', days: [-1, 10] }),
    );
    await expect(attempt(port, authority.rootPem)).rejects.toMatchObject({ name: 'RefusalError' });
    expect(text()).toBe('');
  });
});

describe('F36 a login', () => {
  const asked = async (answer: string) => {
    const certificates = await makeCertificates();
    const { port } = await listener(answer, certificates);
    return attempt(port, certificates.caPem);
  };

  it.each([
    ['-WRONGPASS invalid username-password pair or user is disabled.\r\n'],
    ['-ERR invalid password\r\n'],
  ])('is wrong where the cache says so: %s', async (answer) => {
    expect(await asked(answer)).toBeUndefined();
  });

  it.each([
    ['-LOADING Redis is loading the dataset in memory\r\n', /AUTH with LOADING/],
    ['-NOPERM this user has no permissions\r\n', /AUTH with NOPERM/],
    ['-ERR AUTH <password> called without any password configured for the default user.\r\n', /AUTH with ERR/],
    ['-ERR max number of clients reached\r\n', /AUTH with ERR/],
    [':1\r\n', /AUTH with something else/],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', /does not speak RESP/],
    ['', /closed the connection/],
  ])('is neither right nor wrong where it says %s', async (answer, said) => {
    await expect(asked(answer)).rejects.toMatchObject({
      name: 'RefusalError',
      message: expect.stringMatching(said),
    });
  });

  it('F16 is not told in what the cache says of it', async () => {
    const quoted = `-ERR unknown command 'AUTH', with args beginning with: 'app' '${CANARY}'\r\n`;
    const error = await asked(quoted).catch((thrown: Error) => thrown);
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause ?? ''])).not.toContain(CANARY);
  });

  it('F19 is refused in time where nobody answers', async () => {
    const certificates = await makeCertificates();
    const { port } = await listener('$100\r\nhalf of it', certificates);
    const soon = { remainingMs: () => 300, workMs: () => 300 };
    const access = { server: { port, caPem: certificates.caPem }, host: '127.0.0.1', deadline: soon };
    await expect(logIn(access, { password: CANARY })).rejects.toMatchObject({
      message: expect.stringContaining('no answer within 300 ms'),
    });
  });
});

describe('F34 what is said to a cache', () => {
  it('counts bytes, so that no character means anything', () => {
    expect(encode(['AUTH', 'é\r\n$5'])).toBe('*2\r\n$4\r\nAUTH\r\n$6\r\né\r\n$5\r\n');
  });

  it.each<[string, Reply]>([
    ['+OK\r\n', 'OK'],
    ['-NOPERM no\r\n', { complaint: 'NOPERM no' }],
    [':-7\r\n', -7],
    ['$-1\r\n', null],
    ['$6\r\né\r\n$5\r\n', 'é\r\n$5'],
    ['*-1\r\n', null],
    ['*3\r\n$1\r\na\r\n*1\r\n:1\r\n+b\r\n', ['a', [1], 'b']],
  ])('is answered by %j, however many pieces that comes in', (text, reply) => {
    const bytes = Buffer.from(text);
    expect(readReply(bytes)).toEqual({ reply, next: bytes.length });
    for (let length = 0; length < bytes.length; length += 1) {
      const read = readReply(bytes.subarray(0, length));
      expect(read).toEqual({ needs: expect.any(Number) });
      expect('needs' in read && read.needs > length && read.needs <= bytes.length).toBe(true);
    }
  });
});
