import { createHash, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../functions/certificate-check/ladder.ts';
import { type Authority, createAuthority, type Presented } from '../../../local/listeners/authority.ts';
import { createLoopback, type Loopback } from '../../../local/listeners/loopback.ts';
import { secure, secureContext } from '../../../local/listeners/secure.ts';
import { useAccount } from '../runtime/account.ts';
import { check, HERE } from './check.ts';

const account = useAccount();
const BALANCER = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/a/1';

let authority: Authority;
let loopback: Loopback;
beforeAll(async () => {
  authority = await createAuthority(new Date());
  loopback = createLoopback();
});
afterAll(() => loopback.stop());

const present = (name: string, days: [number, number]) => authority.present({ name, days });
const shortOf = ({ certPem }: Pick<Presented, 'certPem'>) =>
  createHash('sha256').update(new X509Certificate(certPem).raw).digest('hex').slice(0, 16);
const serve = async (presented: Presented, name: string, more: object = {}) => {
  const port = await loopback.listen(secure(secureContext(presented)));
  return { host: '127.0.0.1', port, serverName: name, trust: 'own', ...more };
};
const plant = (presented: Presented, more: object = {}) =>
  account.aws.createCertificate({ pem: presented.certPem, chainPem: presented.chainPem, ...more });
const look = (settings: object) =>
  check({ ...HERE, trust: { own: { pem: authority.rootPem } }, acm: { regions: ['eu-central-1'] }, ...settings });

describe('certificates that ACM has', () => {
  it('F83 renewed in ACM and not deployed is a finding at the endpoint, and none once it is deployed', async () => {
    const [old, renewed] = [await present('shop.test', [-85, 40]), await present('shop.test', [-1, 89])];
    const certificateArn = plant(renewed, { inUseBy: [BALANCER] });
    const stale = await serve(old, 'shop.test', { certificateArn });
    const deployed = await serve(renewed, 'shop.test', { certificateArn });
    const { findings, detail } = await look({ endpoints: [stale, deployed] });
    expect(findings).toMatchObject([
      {
        severity: 'warning',
        target: `127.0.0.1:${stale.port} as shop.test`,
        what: expect.stringMatching(`^serves ${shortOf(old)}, which expires in 39.9 days.*ACM has ${shortOf(renewed)}`),
      },
    ]);
    const row = detail.certificates.find(({ acm }) => acm.some(({ arn }) => arn === certificateArn));
    expect(row?.acm).toEqual([{ arn: certificateArn, usedBy: [BALANCER] }]);
    expect(row?.served).toEqual([`127.0.0.1:${deployed.port} as shop.test`]);
  });

  it('F83 an ARN that ACM does not have is a finding as well', async () => {
    const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-4000-8000-000000000000';
    const endpoint = await serve(await present('gone.test', [-1, 89]), 'gone.test', { certificateArn });
    const { findings } = await look({ endpoints: [endpoint] });
    expect(findings.map(({ what }) => what)).toEqual([`should serve ${certificateArn}, which ACM does not have`]);
  });

  it('are told about though no endpoint serves them, in us-east-1 as well, if they are in use', async () => {
    plant(await present('edge.test', [-80, 10]), {
      region: 'us-east-1',
      inUseBy: [BALANCER],
      renewal: { status: 'PENDING_VALIDATION' },
    });
    plant(await present('forgotten.test', [-80, 10]));
    const { findings, metrics } = await look({ endpoints: [] });
    const of = (name: string) => findings.find(({ target }) => target.startsWith(name));
    expect(of('edge.test')).toMatchObject({
      severity: 'warning',
      what: expect.stringMatching(/^in ACM expires in 9\.9 days.*; ACM cannot renew it \(PENDING_VALIDATION\)/),
    });
    expect(of('forgotten.test')).toMatchObject({ severity: 'info', what: expect.stringContaining('nothing uses it') });
    expect(metrics.DaysToExpiry).toEqual({ value: 9.9, unit: 'None' });
  });

  it('are one finding with what is served, and a metric for each name where settings ask for it', async () => {
    const presented = await present('both.test', [-80, 5]);
    plant(presented, { inUseBy: [BALANCER] });
    const endpoints = [await serve(presented, 'both.test'), await serve(presented, 'both.test')];
    const { findings, metrics } = await look({ endpoints, metricPerCertificate: true });
    const own = findings.filter(({ target }) => target.startsWith('both.test'));
    expect(own).toHaveLength(1);
    for (const { port } of endpoints) expect(own[0]?.what).toContain(`127.0.0.1:${port} as both.test`);
    expect(metrics).toMatchObject({ 'DaysToExpiry both.test': { value: 4.9 }, DaysToExpiry: { value: 4.9 } });
  });
});

describe('databases in RDS', () => {
  const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);
  const rds = (name: string, more: object = {}) => ({
    rds: { regions: [name], ...more },
    acm: undefined,
    endpoints: [],
  });
  const thumbprint = (pem: string) => createHash('sha1').update(new X509Certificate(pem).raw).digest('hex');
  const ca = (region: string, identifier: string, days: number, more: object = {}) =>
    account.aws.createCa({
      region,
      identifier,
      thumbprint: '0'.repeat(40),
      validFrom: inDays(-900),
      validTill: inDays(days),
      ...more,
    });
  const instance = (region: string, identifier: string, caIdentifier: string, days = 300, port = 5432) =>
    account.aws.createDbInstance({
      region,
      identifier,
      engine: 'postgres',
      caIdentifier,
      serverCertificateValidTill: inDays(days),
      endpoint: { host: '127.0.0.1', port },
    });

  it('are told about when their CA or their own certificate ends, or their CA is an old one', async () => {
    ca('eu-west-1', 'rds-ca-old', 19.95);
    ca('eu-west-1', 'rds-ca-new', 9000, { isDefault: true });
    instance('eu-west-1', 'on-old', 'rds-ca-old');
    instance('eu-west-1', 'ending', 'rds-ca-new', 2.95);
    instance('eu-west-1', 'on-none', 'rds-ca-gone');
    instance('eu-west-1', 'well', 'rds-ca-new');
    const { findings, detail, metrics } = await look(rds('eu-west-1'));
    expect(findings.map(({ target, what }) => `${target}: ${what.replace(/, on \S+?(?=;|$)/g, '')}`)).toEqual([
      'ending (RDS, eu-west-1): its server certificate expires in 2.9 days',
      'on-none (RDS, eu-west-1): is on rds-ca-gone, which RDS no longer offers here',
      'on-old (RDS, eu-west-1): its CA, rds-ca-old, expires in 19.9 days; is still on rds-ca-old; new databases get rds-ca-new',
    ]);
    expect(detail.instances.map(({ id }) => id)).toEqual(['on-old', 'ending', 'on-none', 'well']);
    expect(metrics.DaysToExpiry?.value).toBe(2.9);
  });

  it('ask of the clients’ trust bundle that it holds the CA in use, and the next one', async () => {
    const [used, next] = await Promise.all([createAuthority(new Date()), createAuthority(new Date())]);
    ca('eu-west-2', 'rds-ca-used', 800, { thumbprint: thumbprint(used.rootPem) });
    ca('eu-west-2', 'rds-ca-next', 900, { thumbprint: thumbprint(next.rootPem), isDefault: true });
    instance('eu-west-2', 'one', 'rds-ca-used');
    const severityWith = async (pem: string) => {
      const { findings } = await look(rds('eu-west-2', { trustBundle: { pem } }));
      return findings.find(({ target }) => target === 'trust bundle (RDS, eu-west-2)')?.severity;
    };
    expect(await severityWith(used.rootPem + next.rootPem)).toBeUndefined();
    expect(await severityWith(used.rootPem)).toBe('warning');
    expect(await severityWith(next.rootPem)).toBe('critical');
  });

  it('are not told about twice where an endpoint shows the same certificate', async () => {
    const endpoint = await serve(await present('127.0.0.1', [-80, 5]), 'db.test');
    ca('eu-west-3', 'rds-ca-fine', 9000, { isDefault: true });
    instance('eu-west-3', 'served', 'rds-ca-fine', 5, endpoint.port);
    const { findings } = await look({ ...rds('eu-west-3'), endpoints: [endpoint] });
    expect(findings.filter(({ what }) => what.includes('expires in 4.9 days'))).toHaveLength(1);
  });
});
