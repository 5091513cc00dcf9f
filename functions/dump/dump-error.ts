import type { Defect } from './dump.ts';

/** Thrown when a dump cannot be read to its end. What was read before it is no proof of anything. */
export class DumpError extends Error {
  override name = 'DumpError';
  readonly defect: Defect;

  constructor(kind: Defect['kind'], what: string, options?: ErrorOptions) {
    super(`${kind}: ${what}`, options);
    this.defect = { kind, what };
  }
}
