/** A program that uses a rotated credential as programs should: it connects again and again, and reads the secret again when it is turned away. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';

export type Load = {
  connections: number;
  /** Logins that were turned away. */
  turnedAway: number;
  /** The longest time between two logins that were let in, in milliseconds. */
  longestGapMs: number;
};

type Using = {
  secretArn: string;
  client: SecretsManagerClient;
  database: { host: string; port: number; caPem: string };
};

/** How soon it logs in again. */
const PAUSE_MS = 5;

/** @returns what ends it, and tells how it went */
export function startLoad(using: Using): () => Promise<Load> {
  const load: Load = { connections: 0, turnedAway: 0, longestGapMs: 0 };
  let isOver = false;
  const working = (async () => {
    let secret = await read(using);
    let inSince = performance.now();
    while (!isOver) {
      const gotIn = await tryLogin(using, secret);
      const now = performance.now();
      if (gotIn) {
        load.connections += 1;
        load.longestGapMs = Math.max(load.longestGapMs, now - inSince);
        inSince = now;
      } else {
        load.turnedAway += 1;
        secret = await read(using);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return async () => {
    isOver = true;
    await working;
    return load;
  };
}

async function read({ client, secretArn }: Using): Promise<{ username: string; password: string }> {
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  return JSON.parse(SecretString);
}

async function tryLogin({ database }: Using, secret: { username: string; password: string }): Promise<boolean> {
  const { host, port, caPem } = database;
  const login = { host, port, user: secret.username, password: secret.password, database: 'alexander' };
  const client = new pg.Client({
    ...login,
    ssl: { ca: caPem, host } as pg.ClientConfig['ssl'],
    application_name: 'load',
  });
  try {
    await client.connect();
    await client.query('SELECT FROM users LIMIT 1');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}
