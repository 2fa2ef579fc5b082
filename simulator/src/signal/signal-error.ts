/** Why a Signal operation was refused. A closed list, so that callers can switch over it. */
export type SignalErrorCode =
  | 'bad_mac'
  | 'bad_signature'
  | 'duplicate_message'
  | 'invalid_key'
  | 'invalid_message'
  | 'invalid_padding'
  | 'no_sender_key'
  | 'no_session'
  | 'too_far_ahead'
  | 'unknown_pre_key'
  | 'unknown_signed_pre_key'
  | 'untrusted_identity';

/** Thrown for everything a peer can do wrong. The message never contains key material. */
export class SignalError extends Error {
  readonly code: SignalErrorCode;

  constructor(code: SignalErrorCode, message: string) {
    super(message);
    this.name = 'SignalError';
    this.code = code;
  }
}
