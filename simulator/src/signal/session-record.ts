import { isSameKey, openMessage } from './session.ts';
import type { Session } from './session.ts';
import { SignalError } from './signal-error.ts';

/** The sessions with one address: the open one that encrypts, and closed ones kept for late messages. */
export interface SessionRecord {
  readonly open: Session | undefined;
  /** Last used first, at most `closedMax`. */
  readonly closed: readonly Session[];
}

/** How many closed sessions an address keeps; libsignal's number. */
const closedMax = 40;

export const emptyRecord: SessionRecord = { open: undefined, closed: [] };

/** The record with this session as the open one; the session that was open is kept as closed. */
export function withOpen(record: SessionRecord, session: Session): SessionRecord {
  const others = allSessions(record).filter((other) => !isSameKey(other.baseKey, session.baseKey));
  return { open: session, closed: others.slice(0, closedMax) };
}

/** The record without an open session; what was open still decrypts. */
export function withoutOpen(record: SessionRecord): SessionRecord {
  return { open: undefined, closed: allSessions(record).slice(0, closedMax) };
}

/** The session with this base key, open or closed. */
export function findSession(record: SessionRecord, baseKey: Uint8Array): Session | undefined {
  return allSessions(record).find((session) => isSameKey(session.baseKey, baseKey));
}

/**
 * Opens a message with whichever session fits; that one becomes the open session, so that two sides which started
 * at once settle on one. Throws the `SignalError` that tells most: a duplicate, else what the open session said.
 */
export function openWithAny(
  record: SessionRecord,
  encoded: Uint8Array,
): { record: SessionRecord; plaintext: Uint8Array } {
  const errors: SignalError[] = [];
  for (const candidate of allSessions(record)) {
    try {
      const { session, plaintext } = openMessage(candidate, encoded);
      return { record: withOpen(record, session), plaintext };
    } catch (error) {
      if (!(error instanceof SignalError)) throw error;
      errors.push(error);
    }
  }
  throw errors.find(({ code }) => code === 'duplicate_message') ?? errors[0] ?? noSession();
}

function allSessions(record: SessionRecord): Session[] {
  return record.open ? [record.open, ...record.closed] : [...record.closed];
}

function noSession(): SignalError {
  return new SignalError('no_session', 'there is no session with this address');
}
