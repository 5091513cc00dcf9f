/** Starts the listeners that serve a certificate of their own. */
import { connect, type SecureContext } from 'node:tls';
import type { Ground, Listener, Started } from './listener.ts';
import { type LeadUp, nameOf, SERVING, type ServingPlant } from './plants.ts';
import { agreeing, sneaking } from './postgres.ts';
import { ANYTHING_GOES, type Manner, secure, secureContext } from './secure.ts';
import { offering, sneakingBehindReady } from './smtp.ts';

const LEAD_UPS: Record<LeadUp, (secured: Manner) => Manner> = {
  none: (secured) => secured,
  postgres: agreeing,
  'postgres sneaking': sneaking,
  smtp: offering,
  'smtp sneaking': sneakingBehindReady,
};

export async function startServing(ground: Ground): Promise<Started> {
  const started: Started = { listeners: [], leftOut: [] };
  for (const plant of SERVING) {
    const outcome = await startOne(ground, plant);
    if (typeof outcome === 'string') started.leftOut.push({ plant: plant.plant, reason: outcome });
    else started.listeners.push(outcome);
  }
  return started;
}

/** The listener, or why there is none. */
async function startOne({ authority, loopback }: Ground, plant: ServingPlant): Promise<Listener | string> {
  const serverName = nameOf(plant.plant);
  const presented = await authority.present({ ...plant.order, name: plant.certifiedName ?? serverName });
  let context: SecureContext;
  try {
    context = secureContext(presented, plant.only);
  } catch (error) {
    return `OpenSSL does not serve it here: ${String(error)}`;
  }
  const host = '127.0.0.1';
  const port = await loopback.listen(LEAD_UPS[plant.leadUp ?? 'none'](secure(context)), host);
  if (plant.only !== undefined && !(await shakesHands(port))) return `OpenSSL does not speak ${plant.only} here`;
  const { plant: name, protocol, expected } = plant;
  return { plant: name, host, port, protocol, serverName, expected, certPem: presented.certPem };
}

/** A protocol version that the system's configuration forbids is only found out by using it. */
function shakesHands(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { minVersion: 'TLSv1', ciphers: ANYTHING_GOES, rejectUnauthorized: false } as const;
    const socket = connect({ host: '127.0.0.1', port, ...options }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
