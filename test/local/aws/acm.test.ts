import { X509Certificate } from 'node:crypto';
import {
  ACMClient,
  DescribeCertificateCommand,
  GetCertificateCommand,
  type KeyAlgorithm,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  paginateListCertificates,
} from '@aws-sdk/client-acm';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { type Authority, createAuthority } from '../../../local/listeners/authority.ts';
import { clientSettings, errorOf } from './clients.ts';

const DAY_MS = 86_400_000;
const BALANCER = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/a/1';
const EC: KeyAlgorithm[] = ['EC_prime256v1'];

describe('the stand-in for ACM', () => {
  let authority: Authority;
  let standIn: StandIn;
  let acm: ACMClient;
  beforeAll(async () => {
    authority = await createAuthority(new Date());
  });
  beforeEach(async () => {
    standIn = await startStandIn();
    acm = new ACMClient(clientSettings(standIn, 'tester'));
  });
  afterEach(() => standIn.stop());

  const plant = async (name: string, fields: Partial<Parameters<StandIn['createCertificate']>[0]> = {}) => {
    const { certPem: pem, chainPem } = await authority.present({ name, days: [-30, 60] });
    return { pem, chainPem, CertificateArn: standIn.createCertificate({ pem, chainPem, ...fields }) };
  };
  const namesIn = async (client: ACMClient) => {
    const { CertificateSummaryList } = await client.send(new ListCertificatesCommand({ Includes: { keyTypes: EC } }));
    return CertificateSummaryList?.map(({ DomainName }) => DomainName);
  };

  it('gives a certificate and its chain as they were planted', async () => {
    const { pem, chainPem, CertificateArn } = await plant('a.example.com');
    const got = await acm.send(new GetCertificateCommand({ CertificateArn }));
    expect(got).toMatchObject({ Certificate: pem, CertificateChain: chainPem });
  });

  it('describes an imported one, which nobody renews, and one that ACM failed to renew', async () => {
    const { pem, CertificateArn } = await plant('a.example.com');
    const { notBefore, notAfter } = datesOf(pem);
    const describeIt = (arn: string) => acm.send(new DescribeCertificateCommand({ CertificateArn: arn }));
    const imported = (await describeIt(CertificateArn)).Certificate;
    const told = { Type: 'IMPORTED', Status: 'ISSUED', RenewalEligibility: 'INELIGIBLE', InUseBy: [] };
    const dates = { NotBefore: notBefore, NotAfter: notAfter };
    expect(imported).toMatchObject({ ...told, ...dates, SubjectAlternativeNames: ['a.example.com'] });
    expect(imported?.RenewalSummary).toBeUndefined();
    const renewal = { status: 'FAILED', reason: 'CAA_ERROR' } as const;
    const failed = await plant('b.example.com', { inUseBy: [BALANCER], renewal });
    expect((await describeIt(failed.CertificateArn)).Certificate).toMatchObject({
      Type: 'AMAZON_ISSUED',
      RenewalEligibility: 'ELIGIBLE',
      InUseBy: [BALANCER],
      RenewalSummary: { RenewalStatus: 'FAILED', RenewalStatusReason: 'CAA_ERROR' },
    });
  });

  it('calls a certificate expired when its last day is over', async () => {
    const { CertificateArn } = await plant('a.example.com');
    const status = async () => {
      const later = new ACMClient(clientSettings(standIn, 'tester', { maxAttempts: 3 }));
      return (await later.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate?.Status;
    };
    expect(await status()).toBe('ISSUED');
    standIn.clock.advance(61 * DAY_MS);
    expect(await status()).toBe('EXPIRED');
  });

  it('has neither days nor a PEM of a certificate that is not issued yet', async () => {
    const { CertificateArn } = await plant('a.example.com', { status: 'PENDING_VALIDATION' });
    const pending = (await acm.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate;
    expect([pending?.Status, pending?.NotAfter]).toEqual(['PENDING_VALIDATION', undefined]);
    const got = acm.send(new GetCertificateCommand({ CertificateArn }));
    expect(await errorOf(got)).toMatchObject({ name: 'RequestInProgressException', status: 400 });
    const issued = new ListCertificatesCommand({ CertificateStatuses: ['ISSUED'], Includes: { keyTypes: EC } });
    expect((await acm.send(issued)).CertificateSummaryList).toEqual([]);
  });

  it('leaves EC keys out of a list that does not ask for them', async () => {
    await plant('a.example.com');
    expect((await acm.send(new ListCertificatesCommand({}))).CertificateSummaryList).toEqual([]);
    expect(await namesIn(acm)).toEqual(['a.example.com']);
  });

  it('lists page after page, each certificate once', async () => {
    const names = Array.from({ length: 5 }, (_, index) => `${index}.example.com`);
    for (const name of names) await plant(name);
    const pages = [];
    const input = { Includes: { keyTypes: EC }, MaxItems: 2 };
    for await (const page of paginateListCertificates({ client: acm }, input)) pages.push(page.CertificateSummaryList);
    expect(pages.map((page) => page?.length)).toEqual([2, 2, 1]);
    expect(pages.flat().map((summary) => summary?.DomainName)).toEqual(names);
    const bogus = acm.send(new ListCertificatesCommand({ NextToken: 'bogus' }));
    expect((await errorOf(bogus)).name).toBe('ValidationException');
  });

  it('keeps regions apart by what the request was signed for', async () => {
    const there = new ACMClient({ ...clientSettings(standIn, 'tester'), region: 'us-east-1' });
    const { CertificateArn } = await plant('cloudfront.example.com', { region: 'us-east-1' });
    await plant('balancer.example.com');
    expect(CertificateArn).toMatch('arn:aws:acm:us-east-1:111122223333:certificate/');
    expect([await namesIn(acm), await namesIn(there)]).toEqual([['balancer.example.com'], ['cloudfront.example.com']]);
    expect((await there.send(new GetCertificateCommand({ CertificateArn }))).Certificate).toMatch('BEGIN CERTIFICATE');
    const here = acm.send(new GetCertificateCommand({ CertificateArn }));
    expect((await errorOf(here)).name).toBe('ResourceNotFoundException');
  });

  it('records what IAM is asked for: a list as *, a certificate by its ARN', async () => {
    const { CertificateArn } = await plant('a.example.com');
    await acm.send(new ListCertificatesCommand({}));
    await acm.send(new DescribeCertificateCommand({ CertificateArn }));
    await acm.send(new GetCertificateCommand({ CertificateArn }));
    expect(standIn.requests()).toMatchObject([
      { action: 'acm:ListCertificates', resource: '*', changing: false },
      { action: 'acm:DescribeCertificate', resource: CertificateArn, changing: false },
      { action: 'acm:GetCertificate', resource: CertificateArn, changing: false },
    ]);
  });

  it('names what it does not model, and what is no ARN', async () => {
    const CertificateArn = 'arn:aws:acm:eu-central-1:111122223333:certificate/none';
    const tags = acm.send(new ListTagsForCertificateCommand({ CertificateArn }));
    expect((await errorOf(tags)).message).toBe('stand-in does not model acm:ListTagsForCertificate');
    const sorted = acm.send(new ListCertificatesCommand({ SortBy: 'CREATED_AT', SortOrder: 'ASCENDING' }));
    expect((await errorOf(sorted)).message).toContain('parameter SortBy of acm:ListCertificates');
    const used = acm.send(new ListCertificatesCommand({ Includes: { keyUsage: ['ANY'] } }));
    expect((await errorOf(used)).message).toContain('filter keyUsage of acm:ListCertificates');
    const get = (arn: string) => errorOf(acm.send(new GetCertificateCommand({ CertificateArn: arn })));
    expect((await get(CertificateArn)).name).toBe('ResourceNotFoundException');
    expect((await get('certificate/none')).name).toBe('InvalidArnException');
  });
});

function datesOf(pem: string): { notBefore: Date; notAfter: Date } {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  return { notBefore: validFromDate, notAfter: validToDate };
}
