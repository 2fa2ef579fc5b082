import type { Companion } from '../companion.ts';
import type { Connection } from '../connection.ts';
import type { Linking } from '../linking.ts';
import type { Network } from '../network.ts';
import type { Stanza } from '../stanza/codec.ts';

/** One `iq` of a client, with what is needed to answer it. */
export interface Query {
  readonly iq: Stanza;
  readonly network: Network;
  readonly linking: Linking;
  readonly connection: Connection;
  /** Undefined while the client is not linked. */
  readonly companion: Companion | undefined;
  /** Runs after the answer is on the wire. */
  readonly afterwards: (action: () => void) => void;
}

/** Gives the children of `<iq type="result">`; throws `QueryError` for `<iq type="error">`. */
export type QueryHandler = (query: Query) => Stanza[];

/** An answer with `<error code text>`. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}
