/** Called by CloudFormation, as a custom resource, each time that a deployment changed a function. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SchemasClient } from '@aws-sdk/client-schemas';
import { CLIENT } from '../runtime/aws.ts';
import { answer } from './answer.ts';
import { DeployEvent } from './contract.ts';
import { onDeploy, type Ports } from './on-deploy.ts';
import { schemaRegistry } from './schema-registry.ts';

/** Below the function's own time-out of two minutes, with time left to send the answer three times. */
const LIMIT_MS = 60_000;

/** One attempt, which may be silent for as long as the watcher works: starting it twice would help nobody. */
const lambda = new LambdaClient({
  ...CLIENT,
  maxAttempts: 1,
  requestHandler: { ...CLIENT.requestHandler, socketTimeout: LIMIT_MS },
});

const ports: Ports = {
  savedEvents: schemaRegistry(new SchemasClient(CLIENT)),
  async runWatch(watchArn) {
    const answer = await lambda.send(new InvokeCommand({ FunctionName: watchArn, Payload: '{}' }));
    if (answer.FunctionError) throw new Error(`it ended with ${answer.Payload?.transformToString()}`);
  },
};

export async function handler(event: unknown): Promise<void> {
  const parsed = DeployEvent.parse(event);
  const problems = await Promise.race([onDeploy(parsed, ports), tooLong()]);
  // The event itself is never logged: it holds the signed address of the answer.
  if (problems.length > 0) console.error(problems.join('\n'));
  await answer(parsed, { status: 'SUCCESS', problems });
}

/** Answers in good time whatever AWS does: a deployment must not be rolled back because a convenience hangs. */
async function tooLong(): Promise<string[]> {
  await sleep(LIMIT_MS, undefined, { ref: false });
  return [`The deploy hook was not done after ${LIMIT_MS / 1_000} s and gave up.`];
}
