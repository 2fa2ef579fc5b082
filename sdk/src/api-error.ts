/**
 * Why a call did not do what was asked. `action_failed`: the gateway answered 200 and says inside that it was not done;
 * `unreachable`: no answer came, so a message may have been sent all the same; `bad_answer`: whatever answered is no
 * gateway.
 */
export type ApiErrorCode =
  | 'action_failed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'invalid_request'
  | 'too_many_requests'
  | 'server_error'
  | 'unreachable'
  | 'bad_answer';

export interface ApiErrorDetails {
  /** The HTTP status; null without an answer. */
  readonly status?: number | null;
  /** The contract's longer text beside `message`. */
  readonly explanation?: string;
  /** For `invalid_request`: what is wrong with each field. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  /** For `too_many_requests` and `server_error`: when to ask again, in seconds, if the gateway said so. */
  readonly retryAfterS?: number;
}

/** Every failure of a call. Nothing that is not carried out is returned as a success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly status: number | null;
  readonly explanation: string | undefined;
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly retryAfterS: number | undefined;

  constructor(code: ApiErrorCode, message: string, details: ApiErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = details.status ?? null;
    this.explanation = details.explanation;
    this.fields = details.fields ?? {};
    this.retryAfterS = details.retryAfterS;
  }
}
