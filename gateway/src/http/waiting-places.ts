import { TooManyRequests } from './error-response.ts';

/** How many calls may be held open at the same time, of one token and in all. */
export interface PlaceLimits {
  readonly perToken: number;
  readonly inAll: number;
}

/** Counts the calls that are held open, so that nobody takes all connections of the others. */
export class WaitingPlaces {
  readonly #limits: PlaceLimits;
  readonly #taken = new Map<number, number>();
  #all = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /**
   * Takes a place until the returned function is called.
   *
   * @throws TooManyRequests when there is none.
   */
  take(tokenId: number): () => void {
    const own = this.#taken.get(tokenId) ?? 0;
    const { perToken, inAll } = this.#limits;
    if (own >= perToken) throw tooMany(`This token has ${perToken} waiting calls and streams of events open`);
    if (this.#all >= inAll) throw tooMany(`${inAll} waiting calls and streams of events are open`);
    this.#taken.set(tokenId, own + 1);
    this.#all++;
    let isTaken = true;
    return () => {
      if (isTaken) this.#free(tokenId);
      isTaken = false;
    };
  }

  #free(tokenId: number): void {
    this.#all--;
    const own = (this.#taken.get(tokenId) ?? 0) - 1;
    if (own > 0) this.#taken.set(tokenId, own);
    else this.#taken.delete(tokenId);
  }
}

function tooMany(what: string): TooManyRequests {
  return new TooManyRequests(
    `${what}, which is the limit. End one first, or ask without "wait".`,
    retryAfterS,
  );
}

const retryAfterS = 5;
