/** Starts the listeners that never get as far as a certificate. */
import type { Ground, Listener, Protocol, Started } from './listener.ts';
import { dribbling, garbage, hangingUp, plainText, silent } from './manners.ts';
import { GOOD, nameOf } from './plants.ts';
import { declining } from './postgres.ts';
import { type Manner, secure, secureContext } from './secure.ts';
import { withoutStartTls } from './smtp.ts';

type Misbehaving = { plant: string; manner: Manner; expected: string; protocol?: Protocol };

const MISBEHAVING: Misbehaving[] = [
  { plant: 'plain-text', manner: plainText, expected: 'Answers, and not with TLS.' },
  { plant: 'silent', manner: silent, expected: 'Unreachable: it accepts and says nothing until the time is out.' },
  { plant: 'garbage', manner: garbage, expected: 'Unreachable: what it says is no handshake.' },
  { plant: 'hanging-up', manner: hangingUp, expected: 'Unreachable: it accepts and hangs up.' },
  { plant: 'postgres-without-tls', manner: declining, protocol: 'postgres', expected: 'Answers, and declines TLS.' },
  {
    plant: 'smtp-without-tls',
    manner: withoutStartTls,
    protocol: 'smtp',
    expected: 'Answers, and offers no STARTTLS.',
  },
];

export async function startMisbehaving(ground: Ground): Promise<Started> {
  const plants = [...MISBEHAVING, await slow(ground)];
  const listening = plants.map(async ({ manner, ...plant }) => listener(plant, await ground.loopback.listen(manner)));
  const listeners = await Promise.all(listening);
  const dead = { plant: 'dead', expected: 'Unreachable: nobody listens there.' };
  // Asked for last: a port that was free may be given to the next one that asks.
  return { listeners: [...listeners, listener(dead, await ground.loopback.deadPort())], leftOut: [] };
}

/** It would serve a good certificate, after minutes. */
async function slow({ authority, loopback }: Ground): Promise<Misbehaving> {
  const presented = await authority.present({ name: nameOf('slow'), days: GOOD });
  const behind = await loopback.listen(secure(secureContext(presented)));
  const expected = 'Unreachable: its handshake takes minutes, a byte at a time.';
  return { plant: 'slow', manner: dribbling(behind), expected };
}

function listener({ plant, expected, protocol = 'tls' }: Omit<Misbehaving, 'manner'>, port: number): Listener {
  return { plant, host: '127.0.0.1', port, protocol, serverName: nameOf(plant), expected };
}
