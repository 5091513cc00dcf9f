/** An error that a service answers with, in its own words: `code` and HTTP `status` are what SDK clients look at. */
export class ServiceError extends Error {
  override name = 'ServiceError';
  readonly code: string;
  readonly status: number;
  /** Further elements of the error's body, such as S3's `ServerTime`. */
  readonly details: Record<string, string>;
  /** Response headers that carry part of the answer, such as S3's `x-amz-delete-marker`. */
  readonly headers: Record<string, string>;

  constructor(
    error: { code: string; status: number; details?: Record<string, string>; headers?: Record<string, string> },
    message: string,
  ) {
    super(message);
    this.code = error.code;
    this.status = error.status;
    this.details = error.details ?? {};
    this.headers = error.headers ?? {};
  }
}

/**
 * Thrown for anything that the stand-in has not been taught. An error, never a guess: a test that passes because an
 * operation or a parameter was quietly ignored proves nothing.
 */
export class NotModelledError extends ServiceError {
  override name = 'NotModelledError';
  /** `service:Operation`, as far as it could be made out. */
  readonly operation: string;

  constructor(operation: string, what?: string) {
    const message = what === undefined ? operation : `${what} of ${operation}`;
    super({ code: 'NotImplemented', status: 501 }, `stand-in does not model ${message}`);
    this.operation = operation;
  }
}

/** Throws unless every name in `given` is one of `modelled`. `kind` says what the names are: `parameter`, `header`. */
export function refuseUnmodelled(options: {
  operation: string;
  kind: string;
  given: string[];
  modelled: string[];
}): void {
  const stranger = options.given.find((name) => !options.modelled.includes(name));
  if (stranger !== undefined) throw new NotModelledError(options.operation, `${options.kind} ${stranger}`);
}
