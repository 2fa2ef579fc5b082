import { messageSeed, nextChainKey } from './kdf.ts';
import { SignalError } from './signal-error.ts';

/** A symmetric chain: its key, and the index of the next message. */
export interface Chain {
  readonly key: Uint8Array;
  readonly index: number;
}

/** A chain with the seeds of the messages that were jumped over. */
export interface JumpingChain extends Chain {
  readonly skipped: ReadonlyMap<number, Uint8Array>;
}

/** The chain of one of their ratchet keys. */
export interface ReceivingChain extends JumpingChain {
  readonly ratchetKey: Uint8Array;
}

/** How far a message may be ahead of its chain, and how many skipped seeds a chain keeps; as in libsignal. */
const aheadMax = 2000;

/** The chain one message further. */
export function advance<T extends Chain>(chain: T): T {
  return { ...chain, key: nextChainKey(chain.key), index: chain.index + 1 };
}

/** A fresh chain for their new ratchet key. */
export function startReceiving(ratchetKey: Uint8Array, key: Uint8Array): ReceivingChain {
  return { ratchetKey, key, index: 0, skipped: new Map() };
}

/**
 * The seed of the message with this counter, and the chain after it was used. Throws
 * `SignalError('duplicate_message')` for a used one and `SignalError('too_far_ahead')` beyond `aheadMax`.
 */
export function seedAt<T extends JumpingChain>(chain: T, counter: number): { seed: Uint8Array; chain: T } {
  return counter < chain.index ? takeSkipped(chain, counter) : jumpTo(chain, counter);
}

function takeSkipped<T extends JumpingChain>(chain: T, counter: number): { seed: Uint8Array; chain: T } {
  const seed = chain.skipped.get(counter);
  if (!seed) throw new SignalError('duplicate_message', `message ${counter} of this chain was opened before`);
  const skipped = new Map(chain.skipped);
  skipped.delete(counter);
  return { seed, chain: { ...chain, skipped } };
}

function jumpTo<T extends JumpingChain>(chain: T, counter: number): { seed: Uint8Array; chain: T } {
  const ahead = counter - chain.index;
  if (ahead > aheadMax) throw new SignalError('too_far_ahead', `message ${counter} is ${ahead} ahead`);
  const skipped = new Map(chain.skipped);
  let current: Chain = { key: chain.key, index: chain.index };
  while (current.index < counter) {
    skipped.set(current.index, messageSeed(current.key));
    current = advance(current);
  }
  dropOldest(skipped);
  return { seed: messageSeed(current.key), chain: { ...chain, ...advance(current), skipped } };
}

function dropOldest(skipped: Map<number, Uint8Array>): void {
  for (const counter of skipped.keys()) {
    if (skipped.size <= aheadMax) return;
    skipped.delete(counter);
  }
}
