import type { Clock } from '../clock.ts';
import { Places } from './places.ts';

/**
 * A request with a larger body waits for room before it is sent; others never wait for those. A body with a file inside is
 * read only then, one without is read with the head of its lane.
 */
export const largeBodyBytes = 64 * 1024;

/**
 * Room for the large bodies that are in memory for attempts, in bytes. A host gets half of it, and attempts after a
 * silence have half as much of their own: those who hang take it all only from each other.
 */
export function createBodyRoom(clock: Clock, bytes: number): Places {
  return new Places(clock, {
    inAll: bytes,
    perHost: bytes / 2,
    failingInAll: bytes / 2,
    failingPerHost: bytes / 4,
    hostPerSecond: 0,
    failingHostPerSecond: 0,
  });
}

/**
 * The same for bodies whose files are being fetched, which webhooks take in turns: receivers have no part in it, so they
 * cannot hold it.
 */
export function createFetchRoom(clock: Clock, bytes: number): Places {
  return new Places(clock, {
    inAll: bytes,
    perHost: bytes,
    failingInAll: 0,
    failingPerHost: 0,
    hostPerSecond: 0,
    failingHostPerSecond: 0,
  });
}
