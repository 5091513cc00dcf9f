/** Checks every certificate that a system depends on: from outside the VPC, from inside it, or both, as two deployments. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import * as contract from '../../functions/certificate-check/contract.ts';
import { RunbookFunction } from '../runbook-function.ts';
import { longestGapHours } from '../schedule.ts';
import type { Shared } from '../shared.ts';
import type { CertificateCheckPlacement } from '../system.ts';

type Props = { shared: Shared; placement: 'public' | 'private'; check: CertificateCheckPlacement };

export class CertificateCheck extends Construct {
  constructor(scope: Construct, id: string, { shared, placement, check }: Props) {
    super(scope, id);
    const settings = { ...check.settings, placement };

    const runbook = new RunbookFunction(this, 'Runbook', {
      shared,
      name: `certificate-check-${placement}`,
      folder: 'certificate-check',
      contract,
      settings,
      mode: 'report',
      timeout: Duration.minutes(10),
      failureImpact: 'a certificate may expire without a warning',
      network: placement === 'private' ? 'vpc' : 'none',
    });

    reachEndpoints(runbook, check.settings);
    mayReadSettings(runbook, check.settings);
    if (check.settings.acm) mayReadAcm(runbook, check.settings.acm.regions);
    if (check.settings.rds) mayReadRds(runbook, check.settings.rds.regions);

    const everyHours = check.everyHours ?? longestGapHours(check.schedule) ?? Number.NaN;
    runbook.runsOn('Schedule', { schedule: check.schedule, everyHours }, {});
  }
}

type Checked = CertificateCheckPlacement['settings'];

/** The function's own group lets it out to the ports that it is to look at; the list in S3 may name any. */
function reachEndpoints({ securityGroup }: RunbookFunction, { endpoints, endpointList }: Checked): void {
  const ports = endpointList ? [ec2.Port.allTcp()] : portsOf(endpoints).map((port) => ec2.Port.tcp(port));
  for (const port of ports)
    securityGroup?.addEgressRule(ec2.Peer.anyIpv4(), port, 'endpoints whose certificates it looks at');
}

/** Port 443 is open already: AWS is behind it. */
function portsOf(endpoints: Checked['endpoints']): number[] {
  return [...new Set(endpoints.map(({ port }) => port))].filter((port) => port !== 443).sort((a, b) => a - b);
}

function mayReadSettings(runbook: RunbookFunction, { endpointList, trust, rds }: Checked): void {
  if (endpointList) {
    const { bucket, key, kmsKeyArn } = endpointList;
    const object = Stack.of(runbook).formatArn({
      service: 's3',
      region: '',
      account: '',
      resource: bucket,
      resourceName: key,
    });
    runbook.may(['s3:GetObject'], [object], 'reads the list of endpoints');
    if (kmsKeyArn) runbook.function.permissions.mayUseKey(['kms:Decrypt'], kmsKeyArn, 's3');
  }
  for (const anchors of [...Object.values(trust), ...(rds?.trustBundle ? [rds.trustBundle] : [])]) {
    if ('secretArn' in anchors) runbook.mayRead(anchors, 'reads trusted certificates');
  }
}

function mayReadAcm(runbook: RunbookFunction, regions: string[]): void {
  const named = [...new Set([...regions, 'us-east-1'])].map((region) =>
    Stack.of(runbook).formatArn({ service: 'acm', region, resource: 'certificate', resourceName: '*' }),
  );
  runbook.may(['acm:ListCertificates'], ['*'], 'ACM lists a whole account or nothing');
  runbook.may(
    ['acm:DescribeCertificate', 'acm:GetCertificate'],
    named,
    'looks at every certificate that ACM has issued',
  );
}

function mayReadRds(runbook: RunbookFunction, regions: string[]): void {
  const instances = regions.map((region) =>
    Stack.of(runbook).formatArn({
      service: 'rds',
      region,
      resource: 'db',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
  runbook.may(['rds:DescribeDBInstances'], instances, 'looks at the CA of every instance');
  runbook.may(['rds:DescribeCertificates'], ['*'], 'RDS describes the CAs of a region together');
}
