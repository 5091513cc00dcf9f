import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../local/postgres/certificates.ts';
import { linesWritten } from '../runtime/stdout.ts';
import { beginRotation, call, labelled, rotate, STEPS, stepEvent } from './ground.ts';
import { edited, type Ground, night, startGround } from './http-api/ground.ts';

const CANARY = 'canary0in0the0path0of0the0webhook';
type Manner = (response: ServerResponse, request: IncomingMessage) => void;
const takes: Manner = (response) => response.writeHead(204).end();

describe('the telling of consumers', () => {
  let ground: Ground;
  let webhookArn: string;
  let manner: Manner = takes;
  let posted: { path: string | undefined; body: unknown }[] = [];
  const trusted = getCACertificates('default');

  const hear = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = await request.toArray();
    posted.push({ path: request.url, body: JSON.parse(Buffer.concat(chunks).toString()) });
    manner(response, request);
  };
  const plain = createPlain(hear);
  let secure: ReturnType<typeof createServer>;
  let strange: typeof secure;
  const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

  beforeAll(async () => {
    const { caPem, certPem: cert, keyPem: key } = await makeCertificates();
    const others = await makeCertificates();
    secure = createServer({ cert, key }, hear);
    strange = createServer({ cert: others.certPem, key: others.keyPem }, hear);
    for (const server of [plain, secure, strange])
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    // As a public authority’s would be.
    setDefaultCACertificates([...trusted, caPem]);
    ground = await startGround();
    webhookArn = ground.estate.aws.createSecret('alecs/webhook', '');
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    for (const server of [plain, secure, strange]) {
      server.closeAllConnections();
      server.close();
    }
    await ground?.stop();
  });
  beforeEach(() => {
    ground.reset();
    manner = takes;
    posted = [];
    pointTo(`https://127.0.0.1:${portOf(secure)}/${CANARY}`);
  });

  const pointTo = (url: string) => ground.estate.aws.resetSecret(webhookArn, url);
  const rotated = () => edited(ground, {}, { webhook: { secretArn: webhookArn } });
  const turn = (token?: string) =>
    rotate(ground.estate, rotated(), { secretArn: ground.secretArn, ...(token && { token }) });
  const finishAgain = (token: string) =>
    call(ground.estate, rotated(), { event: stepEvent(ground.secretArn, 'finishSecret', token) });
  const begin = () => beginRotation(ground.estate.aws, ground.secretArn);
  const current = () => labelled(ground.estate.aws, ground.secretArn, 'AWSCURRENT') ?? {};
  const everything = () =>
    ground.estate.aws.objects('alexander-evidence').map(({ key, body }) => {
      return `${key}\n${key.endsWith('.gz') ? gunzipSync(body) : body}`;
    });

  it('posts each finished rotation over TLS to the URL that a secret holds, once, without a value', async () => {
    const token = begin();
    expect((await turn(token)).map(({ threw }) => threw)).toEqual(STEPS.map(() => false));
    expect(await finishAgain(token)).toMatchObject({ verdict: 'clean' });
    expect(posted).toEqual([
      {
        path: `/${CANARY}`,
        body: {
          source: 'nightshift.credential-rotation',
          'detail-type': 'Credential Rotated',
          detail: expect.objectContaining({ secretArn: ground.secretArn, versionId: token, consumers: [] }),
        },
      },
    ]);
    expect(JSON.stringify(posted)).not.toContain(current().client_secret);
  });

  it.each<[string, Manner, RegExp]>([
    ['answers 500', (response) => response.writeHead(500).end(CANARY), /500/],
    ['sends one elsewhere', (response) => response.writeHead(307, { location: '/other' }).end(), /no answer/],
    ['breaks off when it has heard', (_, request) => request.socket.destroy(), /no answer/],
  ])('fails the step where the webhook %s, and tells again until it was taken', async (_, odd, because) => {
    const token = begin();
    manner = odd;
    const last = (await turn(token)).at(-1);
    expect(last).toMatchObject({ verdict: 'refused', threw: true, because: expect.stringMatching(because) });
    // People are not kept from the new credential by it.
    expect(ground.akamai.letsIn(current())).toBe(true);
    expect(await finishAgain(token)).toMatchObject({ verdict: 'refused', threw: true });
    manner = takes;
    expect(await finishAgain(token)).toMatchObject({ threw: false });
    expect(posted.map(({ path }) => path)).toEqual([1, 2, 3].map(() => `/${CANARY}`));
    expect(await finishAgain(token)).toMatchObject({ verdict: 'clean', threw: false });
    expect(posted).toHaveLength(3);
  });

  it('finds at night that nobody was told, and tells again', async () => {
    manner = (response) => response.writeHead(500).end();
    await turn();
    const atNight = () => night({ ...ground, rotated: rotated() }, { hours: 2 });
    const failed = await atNight();
    expect(failed).toMatchObject({
      verdict: 'failed',
      findings: [{ severity: 'warning', what: expect.stringContaining('could not be told') }],
    });
    manner = takes;
    expect(await atNight()).toMatchObject({ verdict: 'acted', outcomes: [{ status: 'done' }] });
    expect(posted).toHaveLength(3);
    expect(await atNight()).toMatchObject({ verdict: 'clean' });
    expect(posted).toHaveLength(3);
  });

  it('fails the step where the webhook says nothing, after a bounded wait', async () => {
    manner = () => {};
    expect((await turn()).at(-1)).toMatchObject({ verdict: 'refused', because: expect.stringContaining('no answer') });
  });

  it('fails the step where the bus does not take the event, and tells it again', async () => {
    const token = begin();
    const { aws } = ground.estate;
    const before = aws.busEvents().length;
    aws.faults.fail('events:PutEvents', { code: 'AccessDeniedException', status: 400 }, 1);
    expect((await turn(token)).at(-1)).toMatchObject({ threw: true, because: expect.stringContaining('event bus') });
    expect(posted).toEqual([]);
    expect(await finishAgain(token)).toMatchObject({ threw: false });
    expect(aws.busEvents().slice(before)).toMatchObject([{ detail: { versionId: token } }]);
    expect(posted).toHaveLength(1);
  });

  it('F35 refuses a server whose certificate nobody vouches for, and tells it nothing', async () => {
    pointTo(`https://127.0.0.1:${portOf(strange)}/${CANARY}`);
    expect((await turn()).at(-1)).toMatchObject({ verdict: 'refused', because: expect.stringContaining('no answer') });
    expect(posted).toEqual([]);
  });

  it.each([
    ['http://hooks.example.com/', 'plain http over a network'],
    ['ftp://127.0.0.1/', 'another protocol'],
    [CANARY, 'no URL'],
    ['', 'nothing'],
  ])('refuses %s: %s', async (url) => {
    pointTo(url);
    const last = (await turn()).at(-1);
    expect(last).toMatchObject({ verdict: 'refused', because: expect.stringContaining('no https URL') });
    expect(JSON.stringify(last)).not.toContain(CANARY);
  });

  it('accepts plain http on this machine itself', async () => {
    pointTo(`http://127.0.0.1:${portOf(plain)}/hook`);
    expect((await turn()).at(-1)).toMatchObject({ verdict: 'acted' });
    expect(posted).toMatchObject([{ path: '/hook' }]);
  });

  it('F16 writes the URL nowhere, whatever comes of it', async () => {
    const said: string[] = [];
    for (const odd of [takes, (response: ServerResponse) => response.writeHead(500).end(CANARY)]) {
      ground.reset();
      manner = odd;
      const { out, error } = await linesWritten(async () => void said.push(JSON.stringify(await turn())));
      said.push(...out, ...error, ...everything(), JSON.stringify(ground.estate.aws.busEvents()));
    }
    expect(posted.length).toBeGreaterThan(0);
    // What is looked through does hold what it should.
    expect(said.join('\n')).toContain('did not take the news (500)');
    for (const spelling of [CANARY, Buffer.from(CANARY).toString('base64'), Buffer.from(CANARY).toString('hex')])
      expect(said.join('\n')).not.toContain(spelling);
  });
});
