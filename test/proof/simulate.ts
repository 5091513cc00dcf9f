/**
 * Asks IAM's own question on this machine. The simulator is under the AGPL: a tool of the tests, never part of what is
 * deployed or shipped.
 */
import { type RunSimulationResults, runSimulation } from '@cloud-copilot/iam-simulate';
import type { Permission } from '../../local/aws/service.ts';
import type { Deployment } from './deployment.ts';
import type { Role } from './role.ts';

const ACCOUNT = '111122223333';

export type Answer = {
  /** `Allowed`, or why not. */
  result: string;
  /** The grants of the role that allow it, by `sid`. */
  grantedBy: string[];
};

/** @param context what is different about this one request from an ordinary one of the function's own code */
export async function ask(
  deployment: Deployment,
  role: Role,
  { action, resource, conditions = {} }: Permission,
  context: Record<string, string> = {},
): Promise<Answer> {
  const resourcePolicy = deployment.resourcePolicyOf(resource);
  const contextVariables = { ...ordinary(role), ...given(conditions), ...context };
  const simulation = {
    request: { principal: role.principal, action, resource: { resource, accountId: ACCOUNT }, contextVariables },
    identityPolicies: [{ name: 'role', policy: role.policy }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(resourcePolicy && { resourcePolicy }),
  };
  return answerOf(await runSimulation(simulation, { simulationMode: 'Strict' }));
}

/** SDK clients use TLS 1.2 or newer, and Lambda marks each request that is made with a function's credentials. */
function ordinary({ functionArn }: Role): Record<string, string> {
  return { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3', 'lambda:SourceFunctionArn': functionArn };
}

/** The stand-in records an empty `s3:prefix` where the request named none; AWS then has no such key. */
function given(conditions: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== ''));
}

function answerOf(simulated: RunSimulationResults): Answer {
  if (simulated.resultType === 'error') return { result: JSON.stringify(simulated.errors), grantedBy: [] };
  const results = simulated.resultType === 'single' ? [simulated.result] : simulated.results;
  const allowing = results.flatMap(({ analysis }) => analysis.identityAnalysis?.allowStatements ?? []);
  return {
    result: simulated.overallResult,
    grantedBy: [...new Set(allowing.map(({ statement }) => statement.sid() ?? ''))],
  };
}
