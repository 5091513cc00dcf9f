import {
  CreateRegistryCommand,
  CreateSchemaCommand,
  DeleteRegistryCommand,
  DeleteSchemaCommand,
  DescribeRegistryCommand,
  DescribeSchemaCommand,
  UpdateSchemaCommand,
} from '@aws-sdk/client-schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientsFor, errorOf } from './clients.ts';

const RegistryName = 'lambda-testevent-schemas';
const SchemaName = '_audit-schema';
const schema = { RegistryName, SchemaName, Type: 'OpenApi3' } as const;

describe('the stand-in for the schema registry', () => {
  let standIn: StandIn;
  let schemas: ReturnType<typeof clientsFor>['schemas'];
  beforeEach(async () => {
    standIn = await startStandIn();
    schemas = clientsFor(standIn).schemas;
  });
  afterEach(() => standIn.stop());

  it('makes a registry once, and tells that it is there', async () => {
    const absent = schemas.send(new DescribeRegistryCommand({ RegistryName }));
    expect(await errorOf(absent)).toMatchObject({ name: 'NotFoundException', status: 404 });
    await schemas.send(new CreateRegistryCommand({ RegistryName }));
    const RegistryArn = `arn:aws:schemas:eu-central-1:111122223333:registry/${RegistryName}`;
    expect(await schemas.send(new DescribeRegistryCommand({ RegistryName }))).toMatchObject({ RegistryArn });
    const again = schemas.send(new CreateRegistryCommand({ RegistryName }));
    expect(await errorOf(again)).toMatchObject({ name: 'ConflictException', status: 409 });
    expect(standIn.requests()[1]).toMatchObject({ action: 'schemas:CreateRegistry', resource: RegistryArn });
  });

  it('makes, changes, reads and removes a schema', async () => {
    await schemas.send(new CreateRegistryCommand({ RegistryName }));
    await schemas.send(new CreateSchemaCommand({ ...schema, Content: '{"a":1}' }));
    const again = schemas.send(new CreateSchemaCommand({ ...schema, Content: '{"a":1}' }));
    expect((await errorOf(again)).name).toBe('ConflictException');
    await schemas.send(new UpdateSchemaCommand({ ...schema, Content: '{"a":2}' }));
    const read = await schemas.send(new DescribeSchemaCommand({ RegistryName, SchemaName }));
    expect(read).toMatchObject({ SchemaName, SchemaVersion: '2', Type: 'OpenApi3', Content: '{"a":2}' });
    expect(read.LastModified).toBeInstanceOf(Date);
    await schemas.send(new DeleteSchemaCommand({ RegistryName, SchemaName }));
    const gone = schemas.send(new DescribeSchemaCommand({ RegistryName, SchemaName }));
    expect((await errorOf(gone)).name).toBe('NotFoundException');
    const resource = `arn:aws:schemas:eu-central-1:111122223333:schema/${RegistryName}/${SchemaName}`;
    expect(standIn.requests().at(-2)).toMatchObject({ action: 'schemas:DeleteSchema', resource, changing: true });
  });

  it('refuses a schema without a registry, a schema to change that is not there, and content that is not JSON', async () => {
    const orphan = schemas.send(new CreateSchemaCommand({ ...schema, Content: '{}' }));
    expect((await errorOf(orphan)).name).toBe('NotFoundException');
    await schemas.send(new CreateRegistryCommand({ RegistryName }));
    const absent = schemas.send(new UpdateSchemaCommand({ ...schema, Content: '{}' }));
    expect((await errorOf(absent)).name).toBe('NotFoundException');
    const broken = schemas.send(new CreateSchemaCommand({ ...schema, Content: '{' }));
    expect(await errorOf(broken)).toMatchObject({ name: 'BadRequestException', status: 400 });
  });

  it('names what it does not model', async () => {
    const removal = await errorOf(schemas.send(new DeleteRegistryCommand({ RegistryName })));
    expect(removal).toMatchObject({ status: 501 });
    expect(removal.message).toContain(`stand-in does not model schemas:DELETE /v1/registries/name/${RegistryName}`);
    const tagged = schemas.send(new CreateRegistryCommand({ RegistryName, Tags: { a: 'b' } }));
    expect((await errorOf(tagged)).message).toContain('of schemas:CreateRegistry');
  });
});
