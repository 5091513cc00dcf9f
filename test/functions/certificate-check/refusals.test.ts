import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, createAuthority } from '../../../local/listeners/authority.ts';
import { createLoopback, type Loopback } from '../../../local/listeners/loopback.ts';
import { secure, secureContext } from '../../../local/listeners/secure.ts';
import { useAccount } from '../runtime/account.ts';
import { check, HERE } from './check.ts';

const account = useAccount();
const LIST = { bucket: account.bucket, key: 'endpoints.json' };

describe('a check that cannot read all that it should', () => {
  let authority: Authority;
  let loopback: Loopback;
  let port: number;
  let connections = 0;
  beforeAll(async () => {
    authority = await createAuthority(new Date());
    loopback = createLoopback();
    const good = secure(secureContext(await authority.present({ name: 'a.test', days: [-80, 5] })));
    port = await loopback.listen((socket) => {
      connections += 1;
      good(socket);
    });
  });
  afterAll(() => loopback.stop());

  const here = () => ({ ...HERE, trust: { own: { pem: authority.rootPem } }, endpoints: [endpoint()] });
  const endpoint = () => ({ host: '127.0.0.1', port, serverName: 'a.test', trust: 'own' });
  /** To what `useAccount` has made this process. */
  const deny = (operation: string) => account.aws.faults.deny('trial', operation);

  const expectRefusal = async (settings: object, because: RegExp) => {
    const before = connections;
    const report = await check({ ...here(), ...settings });
    expect(report).toMatchObject({ verdict: 'refused', examined: 0, findings: [], metrics: {} });
    expect(report.because).toMatch(because);
    expect(connections).toBe(before);
  };

  it.each([
    ['acm:ListCertificates', { acm: { regions: ['eu-central-1'] } }],
    ['acm:DescribeCertificate', { acm: { regions: ['eu-central-1'] } }],
    ['acm:GetCertificate', { acm: { regions: ['eu-central-1'] } }],
    ['rds:DescribeDBInstances', { rds: { regions: ['eu-central-1'] } }],
    ['rds:DescribeCertificates', { rds: { regions: ['eu-central-1'] } }],
  ])('F86 is refused where %s is, and connects to nothing', async (operation, settings) => {
    const { certPem } = await authority.present({ name: 'b.test', days: [-1, 80] });
    account.aws.createCertificate({ pem: certPem });
    deny(operation);
    await expectRefusal(settings, /cannot be read: AccessDenied/);
  });

  it.each([
    ['is not there', undefined, /endpoints\.json cannot be read: NoSuchKey/],
    ['is no JSON', '[', /endpoints\.json cannot be read: SyntaxError/],
    ['holds anything that is no endpoint', '[{"host":"a.test","prot":1}]', /\[0\]\.port.*\n.*did you mean port/],
    ['names a trust that settings do not have', '[{"host":"a","port":1,"trust":"x"}]', /\[0\]\.trust: must be one of/],
  ])('F86 is refused where the list of endpoints %s', async (_, body, because) => {
    if (body !== undefined) account.aws.putObject(LIST.bucket, LIST.key, body);
    await expectRefusal({ endpointList: LIST }, because);
  });

  it.each([
    [
      'cannot be read',
      { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:none-a1b2c3' },
      /cannot be read/,
    ],
    ['holds no certificate', { pem: '-----BEGIN CERTIFICATE-----' }, /settings\.trust\.own holds no certificate/],
    [
      'is damaged',
      { pem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      /settings\.trust\.own .*cannot be read/,
    ],
  ])('F86 is refused where a trust %s', async (_, own, because) => {
    await expectRefusal({ trust: { own } }, because);
  });

  it('takes a trust from a secret, and the list’s endpoints beside the settings’, whose word counts for one that both have', async () => {
    const secretArn = account.aws.createSecret('ca', authority.rootPem);
    const other = { ...endpoint(), serverName: 'b.test' };
    const same = { ...endpoint(), trust: undefined, protocol: 'smtp' };
    account.aws.putObject(LIST.bucket, LIST.key, JSON.stringify([same, other]));
    const { detail, findings } = await check({ ...here(), trust: { own: { secretArn } }, endpointList: LIST });
    expect(detail.endpoints).toBe(2);
    expect(findings).toMatchObject([
      { what: expect.stringMatching(/^is for a\.test, and not for b\.test.*; expires in 4\.9 days/) },
    ]);
  });

  it('F87 fails, and clears nothing that was found before, when its time runs out', async () => {
    const before = await check(here());
    expect(before.verdict).toBe('findings');
    const told = account.aws.published().length;
    const late = await check(here(), { workMs: 0 });
    expect(late).toMatchObject({ verdict: 'failed', because: expect.stringContaining('1 addresses not looked at') });
    expect(late.metrics).toEqual({});
    expect(account.aws.published()).toHaveLength(told);
    expect((await check(here())).findings).toEqual(before.findings);
    expect(account.aws.published()).toHaveLength(told);
  });
});
