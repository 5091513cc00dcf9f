/** Holds requests against the roles of a deployment, in both directions: asked but not allowed, allowed but not asked. */
import type { RecordedRequest } from '../../local/aws/requests.ts';
import type { Permission } from '../../local/aws/service.ts';
import type { Deployment } from './deployment.ts';
import { needsOf } from './needs.ts';
import type { Grant, Role } from './role.ts';
import { type Answer, ask } from './simulate.ts';

export type Held = {
  /** A line for each permission that a request needed and its role does not give. */
  refused: string[];
  /** What no request used, of each role. */
  unused: (Grant & { caller: string })[];
};

export async function hold(deployment: Deployment, requests: RecordedRequest[]): Promise<Held> {
  const held: Held = { refused: [], unused: [] };
  for (const role of deployment.roles) {
    const own = requests.filter(({ caller }) => caller === role.caller);
    const { refused, used } = await holdRole(deployment, role, own);
    held.refused.push(...refused);
    const { caller } = role;
    held.unused.push(...role.grants.filter(({ sid }) => !used.has(sid)).map((grant) => ({ ...grant, caller })));
  }
  return held;
}

async function holdRole(deployment: Deployment, role: Role, requests: RecordedRequest[]) {
  const refused: string[] = [];
  const used = new Set<string>();
  for (const [question, need] of questionsOf(deployment, requests)) {
    const { result, grantedBy } = await answer(deployment, role, need);
    for (const sid of grantedBy) used.add(sid);
    if (result !== 'Allowed') refused.push(`${deployment.name}, ${role.caller}: ${question}: ${result}`);
  }
  return { refused, used };
}

/** Each permission that is needed, once. */
function questionsOf({ keyOf, arnOf }: Deployment, requests: RecordedRequest[]): Map<string, Permission | string> {
  const questions = new Map<string, Permission | string>();
  for (const request of requests) {
    try {
      const here = { ...request, resource: arnOf(request.resource), alsoNeeds: moved(request.alsoNeeds, arnOf) };
      for (const need of needsOf(here, keyOf)) questions.set(JSON.stringify(need), need);
    } catch (error) {
      questions.set(`${request.action} ${request.resource}`, String(error));
    }
  }
  return questions;
}

function moved(needs: Permission[] = [], arnOf: Deployment['arnOf']): Permission[] {
  return needs.map((need) => ({ ...need, resource: arnOf(need.resource) }));
}

async function answer(deployment: Deployment, role: Role, need: Permission | string): Promise<Answer> {
  return typeof need === 'string' ? { result: need, grantedBy: [] } : await ask(deployment, role, need);
}
