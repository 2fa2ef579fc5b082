import { SimulatorError } from './simulator-error.ts';

/**
 * The ways in which WhatsApp, or the network on the way, stops answering without hanging up. The first two are before
 * anybody knows who connects, so they are for everybody (`*`) only.
 *
 * - `upgrade`: the TCP connection is accepted, the WebSocket request never answered
 * - `handshake`: the WebSocket opens, the Noise handshake is never answered
 * - `login`: neither `<success>` nor `<failure>`, and no `<pair-device>`
 * - `queries`: no `iq` is answered
 * - `replay`: what has queued up is announced, but never sent nor ended
 * - `pings`: no ping is answered; everything else goes on
 * - `settings`: no query for the shared settings (`w:sync:app:state`) is answered; everything else goes on
 */
export const stallKinds = [
  'upgrade',
  'handshake',
  'login',
  'queries',
  'replay',
  'pings',
  'settings',
] as const;
export type StallKind = (typeof stallKinds)[number];

/** Who is not answered on purpose, and when. */
export class Stalls {
  readonly #kinds = new Map<string, Set<StallKind>>();

  /** `number` may be `*` for everybody. */
  begin(number: string, kind: string): void {
    const known = stallKinds.find((name) => name === kind);
    if (known === undefined)
      throw new SimulatorError('invalid_request', `There is no way to stall called "${kind}".`);
    this.#kinds.set(number, new Set(this.#kinds.get(number)).add(known));
  }

  /** Ends all stalls of that number, or those for everybody. What was not answered meanwhile never is. */
  end(number: string): void {
    this.#kinds.delete(number);
  }

  holds(kind: StallKind, number?: string): boolean {
    const own = number === undefined ? undefined : this.#kinds.get(number);
    return own?.has(kind) === true || this.#kinds.get('*')?.has(kind) === true;
  }
}
