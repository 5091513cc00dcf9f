/** One API client and its credentials. */
import { randomBytes } from 'node:crypto';

export type Credential = {
  id: number;
  clientToken: string;
  clientSecret: string;
  status: 'ACTIVE' | 'INACTIVE' | 'DELETED';
  createdOn: Date;
  description: string;
};

export type ApiClient = {
  clientId: string;
  accessToken: string;
  /** All that ever were. */
  credentials: Credential[];
  grants: { apis: Map<number, string>; mayDeactivate: boolean };
  add(fields?: Partial<Credential>): Credential;
  find(clientToken: string): Credential | undefined;
  setStatus(credential: Credential, status: Credential['status']): void;
  /** Whether the part of Akamai that authenticates lets it in, which hears of a change a while later. */
  letsIn(credential: Credential): boolean;
  /** So many requests pass until a change is known there. */
  lag(requests: number): void;
  /** Everything is known everywhere, at once. */
  settle(): void;
  /** Forgets every credential. */
  clear(): void;
};

type Known = { isActive: boolean; after: number };

const token = () => `akab-${randomBytes(8).toString('hex')}-${randomBytes(8).toString('hex')}`;

export function createApiClient(now: () => number): ApiClient {
  let lagging = 0;
  let nextId = 14_110;
  /** What is not known yet, and for how many more requests. */
  const known = new Map<Credential, Known>();
  const client: ApiClient = {
    clientId: randomBytes(8).toString('hex'),
    accessToken: token(),
    credentials: [],
    grants: { apis: new Map(), mayDeactivate: true },
    add: (fields = {}) => {
      nextId += 1;
      const secrets = { clientToken: token(), clientSecret: randomBytes(32).toString('base64') };
      const own = { id: nextId, ...secrets, status: 'ACTIVE' as const, createdOn: new Date(now()), description: '' };
      const credential = { ...own, ...fields };
      client.credentials.push(credential);
      if (lagging > 0) known.set(credential, { isActive: false, after: lagging });
      return credential;
    },
    find: (clientToken) => client.credentials.find((one) => one.clientToken === clientToken),
    setStatus: (credential, status) => {
      if (lagging > 0) known.set(credential, { isActive: credential.status === 'ACTIVE', after: lagging });
      credential.status = status;
    },
    letsIn: (credential) => {
      const old = known.get(credential);
      if (old === undefined) return credential.status === 'ACTIVE';
      old.after -= 1;
      if (old.after === 0) known.delete(credential);
      return old.isActive;
    },
    lag: (requests) => {
      lagging = requests;
    },
    settle: () => {
      lagging = 0;
      known.clear();
    },
    clear: () => {
      client.credentials = [];
      client.grants = { apis: new Map([[5580, 'READ-WRITE']]), mayDeactivate: true };
      client.settle();
    },
  };
  client.clear();
  return client;
}
