/** The emergency brake: one SSM parameter for each system, asked before every batch of changes. */
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { CLIENT, namesItsEndpoint } from './aws.ts';
import { describe } from './errors.ts';

/** `halted` on purpose, or `unreadable`: both stop every forward act; only the second is a fault. */
export type Halt = { go: true } | { go: false; kind: 'halted' | 'unreadable'; because: string };

export function openHalt(parameter: string, client = namesItsEndpoint(new SSMClient(CLIENT))): () => Promise<Halt> {
  return async () => {
    try {
      const answer = await client.send(new GetParameterCommand({ Name: parameter }));
      return judge(parameter, answer.Parameter?.Value);
    } catch (error) {
      return unreadable(`The halt parameter ${parameter} cannot be read, which means halt: ${describe(error)}`);
    }
  };
}

function judge(parameter: string, value: string | undefined): Halt {
  if (value === 'run') return { go: true };
  if (value === 'halt') return { go: false, kind: 'halted', because: `The halt parameter ${parameter} says halt.` };
  return unreadable(
    `The halt parameter ${parameter} says ${JSON.stringify(value)}; allowed are run and halt. Anything else means halt.`,
  );
}

function unreadable(because: string): Halt {
  return { go: false, kind: 'unreadable', because };
}
