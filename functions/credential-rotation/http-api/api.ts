/** What an HTTP API must be able to do for the credentials that it makes to be rotated. */
import type { Credential } from '../kind.ts';

/** A credential as the API tells of it, which is never its secret. */
export type Listed = {
  id: string;
  /** The part of it that is no secret, and by which a stored version is found again. */
  token: string;
  isActive: boolean;
  /** By the API's own clock. */
  createdAt: Date;
  /** What somebody wrote about it; empty in one that was just made. */
  description: string;
  /** Whether the API says that whoever asks may deactivate it. */
  mayDeactivate: boolean;
};

/** `at`: when it was told, by the API's own clock. What was deleted is not in `credentials`; `ids` are of all that ever were. */
export type Listing = { credentials: Listed[]; ids: string[]; at: Date };

/** What may be done, by what it is done to: the two credentials of a client are held against each other by it. */
export type Grants = Map<string, string>;

/** Each throws RefusalError where the answer is not what it should be. Every request is bounded in time. */
export type Api<Held extends Credential> = {
  /** @throws RefusalError naming the field, never its value */
  read(text: string): Held;
  nameOf(held: Held): string;
  tokenOf(held: Held): string;
  list(as: Held): Promise<Listing>;
  /** Not to be sent twice: each time makes one. */
  create(as: Held): Promise<{ id: string; held: Held }>;
  deactivate(as: Held, id: string): Promise<void>;
  /** Only what is inactive can be removed. */
  remove(as: Held, id: string): Promise<void>;
  /** False only where the API itself says that the credential is wrong (F36). */
  works(held: Held): Promise<boolean>;
  /** Real work that changes nothing. */
  work(held: Held): Promise<void>;
  grants(held: Held): Promise<Grants>;
};
