import type { PreKeyBundle, SignalDevice } from './signal/index.ts';

/** How many sessions a phone had renewed when it sent a message: to anybody, and again to one address. */
export interface RenewalMark {
  readonly renewals: number;
  readonly renewalsAgain: Map<string, number>;
}

/**
 * New sessions for those who ask with their keys. Many messages may fail with one broken session: one renewal serves
 * them all.
 */
export class SessionRenewals {
  readonly #signal: SignalDevice;
  /** For each address the number of the renewal of its session. */
  readonly #renewed = new Map<string, number>();
  #renewals = 0;

  constructor(signal: SignalDevice) {
    this.#signal = signal;
  }

  /** To be kept with a message that is being sent. */
  mark(): RenewalMark {
    return { renewals: this.#renewals, renewalsAgain: new Map() };
  }

  /** Renews the session with whom asks again for a message, unless the session is newer than what could not be decrypted. */
  renew(address: string, { renewals, renewalsAgain }: RenewalMark, bundle: PreKeyBundle | undefined): void {
    const renewalsThen = renewalsAgain.get(address) ?? renewals;
    if (bundle && (this.#renewed.get(address) ?? 0) <= renewalsThen) {
      this.#signal.closeSession(address);
      this.#signal.trust(address, bundle.identityKey);
      this.#renewed.set(address, ++this.#renewals);
    }
    renewalsAgain.set(address, this.#renewals);
  }
}
