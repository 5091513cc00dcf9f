/** One secret is changed by one run at a time: a step of its rotation, or whatever retires or mends what a rotation has left. */
import { RefusalError } from './errors.ts';
import type { Invocation } from './invocation.ts';
import { readRunState, takeLease, turnOf } from './run-state.ts';

type Keys = Pick<Invocation<unknown, unknown>, 'stateKey'>;

/** Where a runbook keeps what belongs to one secret. Its name in the ARN, with the random suffix, is unique within account and region. */
export function secretKey({ stateKey }: Keys, secretArn: string, what: string): string {
  const name = secretArn.replace(/^.*:secret:/, '');
  return stateKey(`secrets/${encodeURIComponent(name)}/${what}.json`);
}

export function leaseKeyOf(keys: Keys, secretArn: string): string {
  return secretKey(keys, secretArn, 'lease');
}

type Holder = Pick<Invocation<unknown, unknown>, 'store' | 'stateKey' | 'runId' | 'requestId' | 'trigger' | 'deadline'>;

/**
 * Does one thing to a secret while nobody else can.
 * @throws RefusalError naming who has the secret
 */
export async function holding<Value>(holder: Holder, secretArn: string, work: () => Promise<Value>): Promise<Value> {
  const { store, runId, requestId, trigger, deadline } = holder;
  const key = leaseKeyOf(holder, secretArn);
  const claimant = {
    key,
    runId,
    requestId,
    identity: undefined,
    trigger: `${trigger.kind} of ${trigger.at}`,
    deadline,
  };
  const lease = await takeLease(store, claimant, await readRunState(store, key));
  if ('notNow' in lease) throw new RefusalError(lease.notNow);
  try {
    return await work();
  } finally {
    await turnOf(store, claimant, lease).end({ spent: false, settled: true });
  }
}
