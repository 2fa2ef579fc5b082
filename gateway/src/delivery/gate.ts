import type { SilenceReason } from './attempt-result.ts';

/** Silences in a row, over so many lanes at least, that say of a receiver what a refused connection says at once. */
const silencesMax = 5;
const silentLanesMin = 3;

/**
 * Whether a webhook's receiver is there. While it is not, the gate is closed: a few lanes go on trying, the others
 * rest. A receiver that comes back gets one lane beyond those at first, and twice as many with each response.
 */
export class Gate {
  readonly #lanesAtOnce: number;
  #isClosed = false;
  #lanesAllowed: number;
  #silences = 0;
  readonly #silentLanes = new Set<number>();

  constructor(lanesAtOnce: number) {
    this.#lanesAtOnce = lanesAtOnce;
    this.#lanesAllowed = lanesAtOnce;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Lanes that may be in flight now, besides those that had no response before. */
  get lanesAllowed(): number {
    return this.#isClosed ? 0 : this.#lanesAllowed;
  }

  /** A response came, whatever it was. True when it opened the gate. */
  answered(): boolean {
    this.#silences = 0;
    this.#silentLanes.clear();
    if (this.#isClosed) {
      this.#isClosed = false;
      this.#lanesAllowed = 1;
      return true;
    }
    if (this.#lanesAllowed < this.#lanesAtOnce)
      this.#lanesAllowed = Math.min(this.#lanesAtOnce, this.#lanesAllowed * 2);
    return false;
  }

  /** An attempt of a lane had no response. True when that closed the gate. */
  silent(lane: number, reason: SilenceReason): boolean {
    if (this.#isClosed) return false;
    this.#silences++;
    this.#silentLanes.add(lane);
    this.#isClosed =
      isOfHost(reason) || (this.#silences >= silencesMax && this.#silentLanes.size >= silentLanesMin);
    return this.#isClosed;
  }
}

/** Whether a silence tells of the host: nothing was sent, so it cannot be for the event that was to be sent. */
export function isOfHost(reason: SilenceReason): boolean {
  switch (reason) {
    case 'dns':
    case 'address_blocked':
    case 'refused':
    case 'unreachable':
    case 'connect_timeout':
    case 'tls_certificate':
    case 'tls_handshake':
    // The proxy's fault, but as true of every lane.
    case 'proxy':
      return true;
    case 'timeout':
    case 'reset':
    case 'closed':
    case 'garbled':
      return false;
    default:
      return reason satisfies never;
  }
}
