/**
 * Why a request is not taken for the gateway's. `bad_secret` and `not_raw` are mistakes of the receiver: its secret is
 * none, or it gave a body that was parsed already.
 */
export type InvalidSignatureCode =
  | 'missing_header'
  | 'bad_header'
  | 'too_old'
  | 'too_new'
  | 'wrong_signature'
  | 'bad_secret'
  | 'not_raw';

/** A request that `verifyWebhook` does not take. The message says what is wrong, without secrets or signatures. */
export class InvalidSignature extends Error {
  override readonly name = 'InvalidSignature';
  readonly code: InvalidSignatureCode;

  constructor(code: InvalidSignatureCode, message: string) {
    super(message);
    this.code = code;
  }
}
