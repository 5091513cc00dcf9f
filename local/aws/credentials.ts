/** Keys for the callers of the stand-in, so that each request says whose it was. */
import { createHash } from 'node:crypto';

export type Credentials = { accessKeyId: string; secretAccessKey: string };

export type CredentialStore = {
  /** The same caller always gets the same pair. */
  issue(caller: string): Credentials;
  find(accessKeyId: string): { caller: string; secretAccessKey: string } | undefined;
};

export function createCredentialStore(): CredentialStore {
  const byKeyId = new Map<string, { caller: string; secretAccessKey: string }>();
  return {
    issue: (caller) => {
      const accessKeyId = `AKIA${digest('key', caller, 'hex').slice(0, 16).toUpperCase()}`;
      const secretAccessKey = digest('secret', caller, 'base64').slice(0, 40);
      byKeyId.set(accessKeyId, { caller, secretAccessKey });
      return { accessKeyId, secretAccessKey };
    },
    find: (accessKeyId) => byKeyId.get(accessKeyId),
  };
}

/** Derived, not random: a function's key is then the same in every run, and logs of two runs can be compared. */
function digest(purpose: string, caller: string, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(`${purpose}\0${caller}`).digest(encoding);
}
