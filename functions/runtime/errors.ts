/** The ways a run ends badly, and how an error is told to a person without telling a secret. */
import type { Report } from './report.ts';

/** Thrown when an event, a setting or an environment variable is unusable. Nothing was read or changed. Verdict `refused`. */
export class InputError extends Error {
  override name = 'InputError';
}

/** Thrown when acting would be guessing: something could not be read, or is not what settings promise. Verdict `refused`. */
export class RefusalError extends Error {
  override name = 'RefusalError';
}

/** Thrown when evidence or state cannot be read or written. Verdict `failed`, and never anything better. */
export class EvidenceError extends Error {
  override name = 'EvidenceError';
}

/** Thrown to the Lambda service after the evidence is stored, so that its own error metric and retries see the run. */
export class RunEndedBadlyError extends Error {
  override name = 'RunEndedBadlyError';
  readonly report: Report;

  constructor(report: Report) {
    super(`${report.verdict}: ${report.because}`);
    this.report = report;
  }
}

const OURS = [InputError, RefusalError, EvidenceError];

type Coded = Error & { code?: unknown; $metadata?: unknown; errors?: unknown[] };

/** One line about an error: its name or code, and its message. Never its properties: some clients keep the request there. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  // Ours are written for people already.
  if (OURS.some((ours) => error instanceof ours)) return error.message;
  const { code, errors } = error as Coded;
  // Node tries every address of a host and wraps what each of them said.
  if (error.message === '' && errors?.[0] instanceof Error) return describe(errors[0]);
  const kind = typeof code === 'string' ? code : error.name;
  return kind === 'Error' || error.message.startsWith(kind) ? error.message : `${kind}: ${error.message}`;
}
