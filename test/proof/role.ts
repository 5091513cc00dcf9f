/** The role of one function, with each permission taken apart to one action on one resource. */
import { roleOf as roleIdOf, type Statement, type Synthesized, statementsOf } from '../lib/synthesized.ts';
import type { Document, Template } from './template.ts';

/** One action that one role is allowed on one resource, under one condition. `sid` tells it from the others of its role. */
export type Grant = { sid: string; action: string; resource: string; condition: string };

export type Role = {
  /** Who it is in the request log. */
  caller: string;
  /** The session as which the function's requests arrive. */
  principal: string;
  functionArn: string;
  grants: Grant[];
  policy: Document;
};

type Single = { Sid: string; Effect: string; Action: string; Resource: string; Condition?: unknown };

/** `construct` is what the ids of the function and its role begin with. */
export function readRole(
  { caller, construct }: { caller: string; construct: string },
  synth: Synthesized,
  template: Template,
): Role {
  const statements = statementsOf(synth, roleIdOf(synth, construct)).map((one) => template.resolve(one) as Statement);
  const singles = statements.flatMap(apart).map((one, index) => ({ ...one, Sid: `grant${index}` }));
  const roleName = template.nameOf('AWS::IAM::Role', construct);
  const functionName = template.nameOf('AWS::Lambda::Function', construct);
  return {
    caller,
    principal: `arn:aws:sts::111122223333:assumed-role/${roleName}/${functionName}`,
    functionArn: template.nameOf('AWS::Lambda::Function', construct, 'Arn'),
    grants: singles.filter(({ Effect }) => Effect === 'Allow').map(grantOf),
    policy: { Version: '2012-10-17', Statement: singles },
  };
}

/** The same permissions, so that each that matches a request is known by name. */
function apart({ Action, Resource, ...rest }: Statement) {
  return Action.flatMap((action) =>
    Resource.map((resource) => ({ ...rest, Action: action, Resource: String(resource) })),
  );
}

function grantOf({ Sid, Action, Resource, Condition }: Single): Grant {
  return { sid: Sid, action: Action, resource: Resource, condition: Condition ? JSON.stringify(Condition) : '' };
}
