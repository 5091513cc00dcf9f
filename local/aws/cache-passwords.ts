/** Passwords of a cache that change as ElastiCache changes them: at once in its answers, and a while later in the cache. */
import { ServiceError } from './service-error.ts';

export type PasswordsToPlant = {
  /** Those that work, the oldest first. */
  valid: string[];
  /** How many looks at it find a change still under way. By default 2. */
  looksUntilApplied?: number;
  /** Sets them in a real cache, when the change is done. */
  apply(valid: string[]): Promise<void>;
};

export type Passwords = Required<PasswordsToPlant> & { change?: { to: string[]; how: string; looksLeft: number } };

export function planted(given: PasswordsToPlant): Passwords {
  return { looksUntilApplied: 2, ...given };
}

/** To be called at each look. */
export async function movedOn(passwords: Passwords): Promise<Passwords> {
  const { change } = passwords;
  if (change === undefined) return passwords;
  change.looksLeft -= 1;
  if (change.looksLeft >= 0) return passwords;
  await passwords.apply(change.to);
  passwords.valid = change.to;
  delete passwords.change;
  return passwords;
}

export function begin(passwords: Passwords, change: { to: string[]; how: string }): void {
  passwords.change = { ...change, looksLeft: passwords.looksUntilApplied };
}

const LENGTHS = { fewest: 16, most: 128 };

/** @param special what else than letters and digits may be in it */
export function mustBeAllowed(password: string, special: RegExp): void {
  const { fewest, most } = LENGTHS;
  if (password.length < fewest || password.length > most)
    throw invalid(`a password has ${fewest} to ${most} characters`);
  if (/[^\x21-\x7e]/.test(password) || special.test(password))
    throw invalid('a character is not allowed in a password');
}

export function invalid(what: string): ServiceError {
  return new ServiceError({ code: 'InvalidParameterValue', status: 400 }, what);
}
