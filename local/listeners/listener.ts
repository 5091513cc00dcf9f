import type { Authority } from './authority.ts';
import type { Loopback } from './loopback.ts';

export type Protocol = 'tls' | 'https' | 'redis' | 'postgres' | 'smtp';

export type Listener = {
  plant: string;
  /** The address it listens at. */
  host: string;
  port: number;
  protocol: Protocol;
  serverName: string;
  /** One sentence on what a check has to say. */
  expected: string;
  /** What it serves to clients that ask for `serverName`; undefined where it never gets to serve one. */
  certPem?: string;
};

/** `leftOut`: what this machine has no address for, or its OpenSSL does not serve. */
export type Started = { listeners: Listener[]; leftOut: { plant: string; reason: string }[] };

/** What listeners are started with. */
export type Ground = { authority: Authority; loopback: Loopback };
