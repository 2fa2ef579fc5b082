/** Every way in which a request to the gateway can fail; `http/error-response.ts` alone turns them into status numbers. */
export type ErrorCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'invalid_request'
  | 'invalid_body'
  | 'body_too_large'
  | 'action_failed'
  | 'gone'
  | 'upstream_failed'
  | 'store_unavailable';

/** A failure that the caller can do something about. The message says what; anything else that is thrown is a bug. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  /** For `invalid_request`: what is wrong with each field. For `action_failed`: `explanation` of the contract. */
  readonly details: { readonly fields?: Record<string, string[]>; readonly explanation?: string };

  constructor(code: ErrorCode, message: string, details: GatewayError['details'] = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
