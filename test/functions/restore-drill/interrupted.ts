/** A sandbox that dies in the middle of a step: what the step did is done, what it answered is lost, and AWS begins another. */
import { type DurableExecutionClient, DurableExecutionInvocationInputWithClient } from '@aws/durable-execution-sdk-js';
import type { handler } from '../../../functions/restore-drill/handler.ts';

type Handler = typeof handler;
type Checkpointing = Parameters<DurableExecutionClient['checkpoint']>;

/** Before its answer is saved, or before that it begins; and what happens before the next sandbox. */
type Death = { before?: 'SUCCEED' | 'START'; meanwhile?: () => Promise<unknown> };

/** @returns the handler, whose sandbox dies once, in the step of this name */
export function dyingIn(step: string, of: Handler, { before = 'SUCCEED', meanwhile }: Death = {}): Handler {
  let hasDied = false;
  return async (event, context) => {
    if (hasDied) return of(event, context);
    const died = Promise.withResolvers<Checkpointing[0]>();
    const { durableExecutionClient: client } = event as unknown as DurableExecutionInvocationInputWithClient;
    const mortal = Object.assign(Object.create(client), {
      checkpoint: (...asked: Checkpointing) => {
        if (!asked[0].Updates?.some(({ Name, Action }) => Name === step && Action === before))
          return client.checkpoint(...asked);
        hasDied = true;
        died.resolve(asked[0]);
        // Never answered: nothing of this sandbox goes on.
        return Promise.withResolvers<never>().promise;
      },
    });
    const dying = of(new DurableExecutionInvocationInputWithClient(event as never, mortal) as never, context);
    const end = await Promise.race([dying, died.promise]);
    if (!hasDied) return end as Awaited<ReturnType<Handler>>;
    await meanwhile?.();
    return of(await goingOn(event as never, client, end as Checkpointing[0]), context);
  };
}

/** The next invocation of the same execution, with what was saved until then. */
async function goingOn(
  event: DurableExecutionInvocationInputWithClient,
  client: DurableExecutionClient,
  { CheckpointToken }: Checkpointing[0],
): Promise<never> {
  const { DurableExecutionArn } = event;
  const saved = await client.getExecutionState({
    DurableExecutionArn,
    CheckpointToken,
    Marker: '',
    MaxItems: 1000,
  } as never);
  const InitialExecutionState = { Operations: saved.Operations ?? [], NextMarker: '' };
  const next = { DurableExecutionArn, CheckpointToken, InitialExecutionState } as never;
  return new DurableExecutionInvocationInputWithClient(next, client) as never;
}
