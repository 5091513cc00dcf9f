/** Listeners on this machine, one for each thing that can be wrong with a certificate or with the server that has it. */
import { startAtAddresses } from './addresses.ts';
import { createAuthority, type Presented } from './authority.ts';
import type { Ground, Started } from './listener.ts';
import { createLoopback } from './loopback.ts';
import { startMisbehaving } from './misbehaving.ts';
import { GOOD } from './plants.ts';
import { startServing } from './serving.ts';

export type Listeners = Started & {
  /** The one root that everything good goes back to. */
  trustPem: string;
  /** Another good certificate of this name, which nobody serves: renewed and never deployed. Its key is forgotten. */
  renew(serverName: string): Promise<Pick<Presented, 'certPem' | 'chainPem'>>;
  stop(): Promise<void>;
};

/** `now`: the time that the certificates' days are counted from; by default this machine's. */
export async function startListeners({ now = new Date() }: { now?: Date } = {}): Promise<Listeners> {
  const authority = await createAuthority(now);
  const loopback = createLoopback();
  try {
    const { listeners, leftOut } = await startAll({ authority, loopback });
    return {
      trustPem: authority.rootPem,
      listeners,
      leftOut,
      renew: async (name) => {
        const { certPem, chainPem } = await authority.present({ name, days: GOOD });
        return { certPem, chainPem };
      },
      stop: loopback.stop,
    };
  } catch (cause) {
    await loopback.stop();
    throw new Error('the local listeners did not start; they need free ports on 127.0.0.1', { cause });
  }
}

async function startAll(ground: Ground): Promise<Started> {
  const started = [await startServing(ground), await startAtAddresses(ground), await startMisbehaving(ground)];
  return {
    listeners: started.flatMap(({ listeners }) => listeners),
    leftOut: started.flatMap(({ leftOut }) => leftOut),
  };
}
