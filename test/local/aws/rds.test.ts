import {
  DescribeCertificatesCommand,
  DescribeDBInstancesCommand,
  DescribeEventsCommand,
  paginateDescribeDBInstances,
  RDSClient,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientSettings, errorOf } from './clients.ts';

const VALID_TILL = new Date('2027-05-01T10:00:00.000Z');
const NEW_CA = 'rds-ca-rsa2048-g1';
const OLD_CA = 'rds-ca-2019';

describe('the stand-in for RDS', () => {
  let standIn: StandIn;
  let rds: RDSClient;
  beforeEach(async () => {
    standIn = await startStandIn();
    rds = new RDSClient(clientSettings(standIn, 'tester'));
  });
  afterEach(() => standIn.stop());

  const plant = (identifier: string, fields: { region?: string; caIdentifier?: string } = {}) => {
    const endpoint = { host: `${identifier}.c1.eu-central-1.rds.amazonaws.com`, port: 5432 };
    const given = { identifier, engine: 'postgres', caIdentifier: NEW_CA, endpoint, ...fields };
    return standIn.createDbInstance({ ...given, serverCertificateValidTill: VALID_TILL });
  };
  const plantCa = (identifier: string, fields: { region?: string; isDefault?: boolean } = {}) => {
    const validity = { validFrom: new Date('2021-05-25T00:00:00Z'), validTill: new Date('2061-05-25T00:00:00Z') };
    standIn.createCa({ identifier, thumbprint: 'ab'.repeat(20), ...validity, ...fields });
  };
  const instancesIn = async (client: RDSClient) => {
    const { DBInstances } = await client.send(new DescribeDBInstancesCommand({}));
    return DBInstances?.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier);
  };

  it('tells an instance’s authority, and until when its own certificate is valid', async () => {
    const arn = plant('orders', { caIdentifier: OLD_CA });
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({}));
    expect(DBInstances).toMatchObject([
      {
        DBInstanceIdentifier: 'orders',
        DBInstanceArn: arn,
        Engine: 'postgres',
        CACertificateIdentifier: OLD_CA,
        CertificateDetails: { CAIdentifier: OLD_CA, ValidTill: VALID_TILL },
        Endpoint: { Address: 'orders.c1.eu-central-1.rds.amazonaws.com', Port: 5432 },
      },
    ]);
  });

  it('lists the authorities, and which of them a new instance gets', async () => {
    plantCa(OLD_CA);
    plantCa(NEW_CA, { isDefault: true });
    const answer = await rds.send(new DescribeCertificatesCommand({}));
    expect(answer.DefaultCertificateForNewLaunches).toBe(NEW_CA);
    expect(answer.Certificates).toMatchObject([
      { CertificateIdentifier: OLD_CA, CertificateType: 'CA', CustomerOverride: false },
      { CertificateIdentifier: NEW_CA, Thumbprint: 'ab'.repeat(20), ValidTill: new Date('2061-05-25T00:00:00Z') },
    ]);
    const one = await rds.send(new DescribeCertificatesCommand({ CertificateIdentifier: OLD_CA }));
    expect(one.Certificates?.map(({ CertificateIdentifier }) => CertificateIdentifier)).toEqual([OLD_CA]);
  });

  it('lists page after page by marker, each instance once', async () => {
    const names = Array.from({ length: 101 }, (_, index) => `database-${index}`);
    for (const name of names) plant(name);
    const pages = [];
    for await (const page of paginateDescribeDBInstances({ client: rds }, {})) pages.push(page.DBInstances ?? []);
    expect(pages.map((page) => page.length)).toEqual([100, 1]);
    expect(pages.flat().map(({ DBInstanceIdentifier }) => DBInstanceIdentifier)).toEqual(names);
    const small = await rds.send(new DescribeDBInstancesCommand({ MaxRecords: 20 }));
    expect([small.DBInstances?.length, typeof small.Marker]).toEqual([20, 'string']);
    const bogus = rds.send(new DescribeDBInstancesCommand({ Marker: 'bogus' }));
    expect(await errorOf(bogus)).toMatchObject({ name: 'InvalidParameterValue', status: 400 });
    const tooFew = rds.send(new DescribeDBInstancesCommand({ MaxRecords: 19 }));
    expect((await errorOf(tooFew)).message).toMatch('20 to 100');
  });

  it('keeps regions apart by what the request was signed for', async () => {
    const there = new RDSClient({ ...clientSettings(standIn, 'tester'), region: 'us-east-1' });
    plant('here');
    expect(plant('there', { region: 'us-east-1' })).toBe('arn:aws:rds:us-east-1:111122223333:db:there');
    plantCa(NEW_CA, { region: 'us-east-1', isDefault: true });
    expect([await instancesIn(rds), await instancesIn(there)]).toEqual([['here'], ['there']]);
    expect((await rds.send(new DescribeCertificatesCommand({}))).Certificates).toEqual([]);
  });

  it('records what IAM is asked for: all instances, one of them, and the authorities as *', async () => {
    const arn = plant('orders');
    await rds.send(new DescribeDBInstancesCommand({}));
    await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'Orders' }));
    await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: arn }));
    await rds.send(new DescribeCertificatesCommand({}));
    const action = 'rds:DescribeDBInstances';
    expect(standIn.requests()).toMatchObject([
      { action, resource: 'arn:aws:rds:eu-central-1:111122223333:db:*', changing: false, status: 200 },
      { action, resource: arn, changing: false, status: 200 },
      { action, resource: arn, changing: false, status: 200 },
      { action: 'rds:DescribeCertificates', resource: '*', changing: false, status: 200 },
    ]);
  });

  it('says of an instance or an authority that it is not there', async () => {
    const instance = rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'none' }));
    expect(await errorOf(instance)).toMatchObject({ name: 'DBInstanceNotFoundFault', status: 404 });
    const ca = rds.send(new DescribeCertificatesCommand({ CertificateIdentifier: 'none' }));
    expect(await errorOf(ca)).toMatchObject({ name: 'CertificateNotFoundFault', status: 404 });
  });

  it('names what it does not model, and takes nothing that RDS would not have', async () => {
    const clusters = rds.send(new DescribeEventsCommand({}));
    expect((await errorOf(clusters)).message).toBe('stand-in does not model rds:DescribeEvents');
    const filtered = new DescribeDBInstancesCommand({ Filters: [{ Name: 'engine', Values: ['postgres'] }] });
    expect((await errorOf(rds.send(filtered))).message).toContain('of rds:DescribeDBInstances');
    plant('orders');
    expect(() => plant('Orders')).toThrow('exists already');
    const ca = { identifier: 'a', validFrom: VALID_TILL, validTill: VALID_TILL };
    expect(() => standIn.createCa({ ...ca, thumbprint: 'AB:CD' })).toThrow('no SHA-1 thumbprint');
  });
});
