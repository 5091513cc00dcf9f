/** What this function was deployed as: `settings.json` from its own code, and the names that only CloudFormation knew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import { Deployment } from './contract.ts';
import { describe, InputError } from './errors.ts';
import { explain } from './schema-error.ts';

/** The environment variables of every function. `AWS_REGION` and the credentials come from Lambda. */
export const ENVIRONMENT = {
  LAMBDA_TASK_ROOT: 'the folder that holds settings.json (Lambda sets it to the function’s code)',
  EVIDENCE_BUCKET: 'the bucket for reports and state',
  HALT_PARAMETER: 'the SSM parameter that holds `run` or `halt`',
  NOTIFY_TOPIC_ARN: 'the SNS topic for what can wait',
  PAGE_TOPIC_ARN: 'the SNS topic for what cannot wait',
} as const;

export type Surroundings = Record<keyof typeof ENVIRONMENT, string>;

export function topicArnsOf(surroundings: Surroundings): { page: string; notify: string } {
  return { page: surroundings.PAGE_TOPIC_ARN, notify: surroundings.NOTIFY_TOPIC_ARN };
}

/** @throws InputError naming every variable that is missing */
export function readSurroundings(env: NodeJS.ProcessEnv): Surroundings {
  const missing = Object.entries(ENVIRONMENT).filter(([name]) => !env[name]);
  if (missing.length > 0) {
    const list = missing.map(([name, meaning]) => `  ${name}: ${meaning}`).join('\n');
    throw new InputError(`These environment variables are not set:\n${list}`);
  }
  return env as Surroundings;
}

export type Deployed<Settings> = z.infer<ReturnType<typeof Deployment>> & { settings: Settings };

/** @throws InputError when `settings.json` cannot be read or does not keep to the contract */
export function readDeployment<Settings>(folder: string, settings: z.ZodType<Settings>): Deployed<Settings> {
  const path = join(folder, 'settings.json');
  const json = readJson(path);
  const schema = Deployment(settings);
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new InputError(explain(parsed.error, { input: json, schema, what: 'settings.json' }));
  return parsed.data as Deployed<Settings>;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new InputError(`${path} cannot be read as JSON: ${describe(error)}`, { cause: error });
  }
}
