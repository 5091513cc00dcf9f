/**
 * Where the Lambda console looks for saved test events: one OpenAPI document for each function, in a registry of the account
 * that everybody's functions share. So the registry is made where it is missing and never taken away.
 */
import {
  ConflictException,
  CreateRegistryCommand,
  CreateSchemaCommand,
  DeleteSchemaCommand,
  DescribeSchemaCommand,
  NotFoundException,
  type SchemasClient,
  UpdateSchemaCommand,
} from '@aws-sdk/client-schemas';
import type { SavedEvents } from './contract.ts';
import type { SavedEventsStore } from './on-deploy.ts';

const REGISTRY = { RegistryName: 'lambda-testevent-schemas' };

type Examples = Record<string, { value: unknown }>;
type Document = { components?: { examples?: Examples } };

export function schemaRegistry(schemas: SchemasClient): SavedEventsStore {
  const schema = (functionName: string) => ({ ...REGISTRY, SchemaName: `_${functionName}-schema` });
  return {
    async save(functionName, events, outdated) {
      const found = await describeSchema(schemas, schema(functionName));
      const others = examplesOf(found).filter(([title]) => !outdated.includes(title));
      const Content = document({ ...Object.fromEntries(others), ...asExamples(events) });
      // A schema keeps at most 100 versions, so an unchanged one is left alone.
      if (found === Content) return;
      if (found !== undefined) {
        await schemas.send(new UpdateSchemaCommand({ ...schema(functionName), Type: 'OpenApi3', Content }));
        return;
      }
      await createRegistry(schemas);
      await schemas.send(new CreateSchemaCommand({ ...schema(functionName), Type: 'OpenApi3', Content }));
    },
    async remove(functionName) {
      await unless(NotFoundException, () => schemas.send(new DeleteSchemaCommand(schema(functionName))));
    },
  };
}

/** `undefined` when the schema, or the whole registry, is not there. */
async function describeSchema(schemas: SchemasClient, name: { RegistryName: string; SchemaName: string }) {
  const found = await unless(NotFoundException, () => schemas.send(new DescribeSchemaCommand(name)));
  return found && (found.Content ?? '');
}

async function createRegistry(schemas: SchemasClient): Promise<void> {
  await unless(ConflictException, () => schemas.send(new CreateRegistryCommand(REGISTRY)));
}

/** The examples that are saved already: ours, and those that a person saved from the console. */
function examplesOf(content: string | undefined): [string, { value: unknown }][] {
  if (!content) return [];
  return Object.entries((JSON.parse(content) as Document).components?.examples ?? {});
}

function asExamples(events: SavedEvents['Events']): Examples {
  return Object.fromEntries(Object.entries(events).map(([title, value]) => [title, { value }]));
}

function document(examples: Examples): string {
  const schemas = { Event: { type: 'object', required: [], properties: {} } };
  const info = { version: '1.0.0', title: 'Event' };
  return JSON.stringify({ openapi: '3.0.0', info, paths: {}, components: { schemas, examples } });
}

/** The result of `act`, or `undefined` when it ended in the one `expected` error. */
async function unless<T>(expected: typeof NotFoundException | typeof ConflictException, act: () => Promise<T>) {
  try {
    return await act();
  } catch (error) {
    if (error instanceof expected) return undefined;
    throw error;
  }
}
