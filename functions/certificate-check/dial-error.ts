/** Why an address showed no certificate. */

export type FailureKind =
  /** No connection, or one on which no handshake came about. */
  | 'unreachable'
  /** Something answered in plain text. */
  | 'no TLS'
  /** It speaks TLS and refused the handshake. */
  | 'handshake refused'
  /** It knows nothing of the server name that was asked for. */
  | 'unknown name'
  | 'bytes before TLS';

export class DialError extends Error {
  override name = 'DialError';
  readonly kind: FailureKind;

  /** @param detail what happened, without a full stop: part of a sentence */
  constructor(kind: FailureKind, detail: string) {
    super(detail);
    this.kind = kind;
  }
}
