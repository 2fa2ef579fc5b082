import type { AuthenticationCreds } from 'baileys';
import type { ConnectionEnd } from '../instances/connection.ts';
import { endCodeOf } from './baileys-errors.ts';

export interface EndingParts {
  readonly creds: AuthenticationCreds;
  /** Called once, and never for a connection that was closed on purpose. */
  readonly closed: (end: ConnectionEnd) => void;
}

/** How one connection ends: what is told of it, once and with the first reason, and who waits until it is over. */
export class ConnectionEnding {
  readonly #parts: EndingParts;
  readonly #over = Promise.withResolvers<void>();
  #fenceReason: string | null = null;
  #isLoggedIn = false;
  #isOnPurpose = false;
  #hasTold = false;
  #hasBegun = false;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  /** The socket is of no use any more; the last writes may still be on their way. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Nobody may take the connection for ready any more. */
  get isKnown(): boolean {
    return this.#hasBegun || this.#hasTold;
  }

  /** Resolves when its last write has settled. */
  get whenOver(): Promise<void> {
    return this.#over.promise;
  }

  loggedIn(): void {
    this.#isLoggedIn = true;
  }

  /** The store failed, and that is what the end is told with. */
  fenced(reason: Error): void {
    this.#fenceReason = reason.message;
  }

  /** It is closed on purpose: nobody is told. */
  onPurpose(): void {
    this.#isOnPurpose = true;
  }

  /** The gateway gives it up, for a reason in a plain sentence. */
  tellGivenUp(reason: string, more: Pick<ConnectionEnd, 'isTimeout'> = {}): void {
    this.#tell({ code: 0, reason, atLogin: !this.#isLoggedIn, ...more });
  }

  /** The socket is closed. */
  begin(): void {
    this.#hasBegun = true;
  }

  /** Why it was closed. Before the last writes have settled, so that nobody takes it for ready any more. */
  tellLost(error: Error | undefined): void {
    this.#tell(this.#endOf(error));
  }

  /** The last write has settled. */
  over(): void {
    this.#over.resolve();
  }

  #tell(end: ConnectionEnd): void {
    if (this.#isOnPurpose || this.#hasTold) return;
    this.#hasTold = true;
    this.#parts.closed(end);
  }

  #endOf(error: Error | undefined): ConnectionEnd {
    const atLogin = !this.#isLoggedIn;
    if (this.#fenceReason !== null)
      return { code: 0, reason: `The store failed: ${this.#fenceReason}`, atLogin };
    const reason = error?.message ?? 'The connection was closed.';
    // The first thing after the first login is to upload keys.
    const isUnconfirmed = this.#parts.creds.firstUnuploadedPreKeyId === 1;
    return { code: endCodeOf(error), reason, atLogin, isUnconfirmed };
  }
}
