import { beforeAll, describe, expect, it } from 'vitest';
import { nightshiftApp } from '../../lib/nightshift-app.ts';
import type { System } from '../../lib/system.ts';
import alexander from '../../systems/alexander.ts';
import {
  everyCertificate,
  ofType,
  type Resource,
  roleOf,
  type Synthesized,
  statementsOf,
  synthesized,
} from './synthesized.ts';

let synth: Synthesized;
beforeAll(() => {
  synth = synthesized(everyCertificate());
});

const functionOf = (placement: string): Resource => {
  const found = ofType(synth, 'AWS::Lambda::Function').find(([id]) => id.startsWith(`CertificateCheck${placement}`));
  if (!found) throw new Error(`there is no ${placement} check`);
  return found[1];
};
const settingsOf = (runbook: string) => synth.settings.find((one) => one.runbook === runbook)?.settings;
const allowed = (placement: string) =>
  statementsOf(synth, roleOf(synth, `CertificateCheck${placement}`)).filter(({ Effect }) => Effect === 'Allow');

describe('one bundle, placed twice', () => {
  it('is outside the VPC where it is public, and inside it where it is private', () => {
    expect(functionOf('public').Properties).not.toHaveProperty('VpcConfig');
    expect(functionOf('private').Properties).toHaveProperty('VpcConfig');
    expect(settingsOf('certificate-check-public')).toMatchObject({ placement: 'public' });
    expect(settingsOf('certificate-check-private')).toMatchObject({ placement: 'private' });
  });

  it('F08 is known to the watcher by both names', () => {
    const watched = (settingsOf('watch')?.watched ?? []) as { runbook: string; everyHours: number }[];
    const checks = watched.filter(({ runbook }) => runbook.startsWith('certificate-check'));
    expect(checks.map(({ runbook }) => runbook)).toEqual(['certificate-check-public', 'certificate-check-private']);
    for (const { everyHours } of checks) expect(everyHours).toBe(24);
  });

  it('is let out of its group to the ports that it looks at, and to AWS', () => {
    const groups = ofType(synth, 'AWS::EC2::SecurityGroup').filter(([id]) => id.startsWith('CertificateCheckprivate'));
    const ports = groups.flatMap(([, { Properties }]) =>
      (Properties.SecurityGroupEgress as { FromPort: number }[]).map(({ FromPort }) => FromPort),
    );
    expect(ports.toSorted((a, b) => a - b)).toEqual([443, 5432, 6379]);
  });
});

describe('the roles of the checks', () => {
  it('may read certificates and what settings name, and no data', () => {
    const own = allowed('private').flatMap(({ Action }) => Action);
    const reads = own.filter((action) => /^(acm|rds|secretsmanager|kms):/.test(action));
    expect(reads.toSorted()).toEqual([
      'acm:DescribeCertificate',
      'acm:GetCertificate',
      'acm:ListCertificates',
      'kms:Decrypt',
      'rds:DescribeCertificates',
      'rds:DescribeDBInstances',
      'secretsmanager:GetSecretValue',
    ]);
    expect(
      allowed('public')
        .flatMap(({ Action }) => Action)
        .filter((action) => /^(acm|rds|secrets)/.test(action)),
    ).toEqual([]);
  });

  it('may read one object of the list’s bucket, and ACM also where CloudFront keeps its certificates', () => {
    const text = JSON.stringify(allowed('public'));
    expect(text).toContain(':s3:::fleet-inventory/endpoints.json');
    expect(JSON.stringify(allowed('private'))).toContain(':acm:us-east-1:111122223333:certificate/*');
  });
});

describe('a port that AWS blocks', () => {
  it('fails synth, saying which endpoint and what to check instead', () => {
    const endpoints = [{ host: 'mail.example.com', port: 25, protocol: 'smtp' }] as const;
    const check = { public: { schedule: 'rate(1 day)', settings: { endpoints: [...endpoints] } } };
    const system: System = { ...alexander, runbooks: { 'certificate-check': check } };
    expect(() => nightshiftApp({ 'systems/mail.ts': system })).toThrow(
      /runbooks\.certificate-check\.public\.settings\.endpoints\[0\]\.port: is blocked on AWS.*587/,
    );
  });
});
