/** A synthesized template with every reference replaced by the name that CloudFormation would put there. */
import type { Resource, Synthesized } from '../lib/synthesized.ts';

const REGION = 'eu-central-1';
const ACCOUNT = '111122223333';

export type Document = { Version: string; Statement: Record<string, unknown>[] };

/** What `Ref` and the attributes of one resource become; CloudFormation begins a name with that of its stack. */
type Named = { Ref: string } & Record<string, string>;

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

const NAMED: Record<string, (name: string, resource: Resource) => Named> = {
  'AWS::S3::Bucket': (name) => ({ Ref: name.toLowerCase(), Arn: `arn:aws:s3:::${name.toLowerCase()}` }),
  'AWS::SSM::Parameter': (name) => ({ Ref: name }),
  'AWS::SNS::Topic': (name) => ({ Ref: arn('sns', name), TopicArn: arn('sns', name) }),
  'AWS::SQS::Queue': (name) => ({ Ref: `https://sqs.${REGION}.amazonaws.com/${name}`, Arn: arn('sqs', name) }),
  'AWS::Logs::LogGroup': (name) => ({ Ref: name, Arn: arn('logs', `log-group:${name}:*`) }),
  'AWS::IAM::Role': (name) => ({ Ref: name, Arn: `arn:aws:iam::${ACCOUNT}:role/${name}` }),
  'AWS::Lambda::Function': (name) => ({ Ref: name, Arn: arn('lambda', `function:${name}`) }),
  // The policies below name only the alias `live`, by the function that it is of.
  'AWS::Lambda::Alias': (name, { Properties }) => ({ Ref: `${resolvedName(Properties.FunctionName, name)}:live` }),
};

function resolvedName(functionName: unknown, aliasName: string): string {
  const stack = aliasName.slice(0, aliasName.indexOf('-'));
  return arn('lambda', `function:${stack}-${(functionName as { Ref: string }).Ref}`);
}

export type Template = {
  /** `value` without `Ref`, `Fn::GetAtt` and `Fn::Join`. @throws Error for a reference to a type that is not in the table */
  resolve(value: unknown): unknown;
  /** What the resource's `Ref` or attribute becomes; the resource is the only one of its type whose id begins so. */
  nameOf(type: string, idBegins: string, attribute?: string): string;
  ids(type: string): string[];
  all(type: string): Record<string, unknown>[];
};

export function templateOf({ stack, resources }: Pick<Synthesized, 'stack' | 'resources'>): Template {
  const named = (id: string, attribute: string): string => {
    const resource = resources[id];
    const value = resource && NAMED[resource.Type]?.(`${stack.stackName}-${id}`, resource)[attribute];
    if (value === undefined)
      throw new Error(`test/proof/template.ts cannot name ${attribute} of ${id} (${resource?.Type})`);
    return value;
  };
  return {
    resolve: (value) => resolve(value, named),
    nameOf: (type, idBegins, attribute = 'Ref') => named(onlyOne(resources, type, idBegins), attribute),
    ids: (type) => Object.keys(resources).filter((id) => resources[id]?.Type === type),
    all: (type) =>
      Object.values(resources)
        .filter(({ Type }) => Type === type)
        .map(({ Properties }) => resolve(Properties, named) as Record<string, unknown>),
  };
}

function onlyOne(resources: Record<string, Resource>, type: string, idBegins: string): string {
  const ids = Object.keys(resources).filter((id) => resources[id]?.Type === type && id.startsWith(idBegins));
  if (ids.length !== 1) throw new Error(`${ids.length} resources of type ${type} begin with ${idBegins}`);
  return ids[0] ?? '';
}

function resolve(value: unknown, named: (id: string, attribute: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, named));
  if (value === null || typeof value !== 'object') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof ref === 'string') return named(ref, 'Ref');
  if (Array.isArray(attribute)) return named(String(attribute[0]), String(attribute[1]));
  if (Array.isArray(join)) return (resolve(join[1], named) as string[]).join(String(join[0]));
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, resolve(field, named)]));
}
