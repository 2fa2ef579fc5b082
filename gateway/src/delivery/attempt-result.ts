/** What became of one attempt. Whatever the other side does is a value here; only a bug is an exception. */
export type AttemptResult = Response | Silence | Unsent | Unsendable;

/** Any final status. 2xx is delivered; everything else is rejected, and not sent again. */
export interface Response {
  readonly outcome: 'delivered' | 'rejected';
  readonly status: number;
  /** What went wrong after the status; it changes nothing. */
  readonly bodyProblem: 'cut' | 'garbled' | 'too_large' | 'too_slow' | null;
  /**
   * The first bytes of it, as they came: its head, and what there is of its body. Without the body when the address
   * is private and only a range allows it.
   */
  readonly response: Uint8Array;
  readonly durationMs: number;
}

/** No response: nobody knows whether the receiver worked on it. */
export interface Silence {
  readonly outcome: 'silence';
  readonly reason: SilenceReason;
  /** How far the attempt came. */
  readonly phase: 'resolve' | 'connect' | 'tls' | 'write' | 'response';
  /** The error's own words, for the log. */
  readonly detail: string;
  /** The first bytes that came back all the same; null for none, and for a private address as above. */
  readonly response: Uint8Array | null;
  readonly durationMs: number;
}

export type SilenceReason =
  | 'dns'
  | 'address_blocked'
  | 'refused'
  | 'unreachable'
  | 'connect_timeout'
  /** The proxy that the gateway goes through did not do its part; it says nothing of the receiver. */
  | 'proxy'
  | 'tls_certificate'
  | 'tls_handshake'
  | 'timeout'
  | 'reset'
  | 'closed'
  | 'garbled';

/** Nothing was attempted, through no fault of the receiver: it does not count. */
export interface Unsent {
  readonly outcome: 'unsent';
  readonly reason: 'aborted' | 'no_sockets';
  readonly detail: string;
}

/** It can never be sent as it is. */
export interface Unsendable {
  readonly outcome: 'unsendable';
  readonly reason: 'invalid_url' | 'invalid_header' | 'invalid_secret' | 'invalid_certificate';
  readonly detail: string;
}
