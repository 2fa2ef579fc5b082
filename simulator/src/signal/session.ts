import { createCipheriv, createDecipheriv } from 'node:crypto';
import { generateKeyPair, sharedSecret } from './curve.ts';
import type { KeyPair } from './curve.ts';
import { deriveMessageKeys, deriveNextRoot, messageSeed } from './kdf.ts';
import type { RootAndChain } from './kdf.ts';
import { advance, seedAt, startReceiving } from './chains.ts';
import type { Chain, ReceivingChain } from './chains.ts';
import { SignalError } from './signal-error.ts';
import { checkMac, decodeRatchetMessage, encodeRatchetMessage } from './wire-messages.ts';

/** What a first message must repeat until the other side has shown that it holds the session. */
export interface PendingPreKey {
  preKeyId: number | undefined;
  signedPreKeyId: number;
}

/**
 * One double-ratchet session (signal.org/docs/specifications/doubleratchet). An immutable value: a message that
 * fails gives no new session, so it cannot damage the old one.
 */
export interface Session {
  /** The initiator's base key, which names the session on both sides. */
  readonly baseKey: Uint8Array;
  readonly ourIdentity: Uint8Array;
  readonly theirIdentity: Uint8Array;
  readonly rootKey: Uint8Array;
  readonly ourRatchet: KeyPair;
  readonly sending: Chain | undefined;
  /** Newest first. */
  readonly receiving: readonly ReceivingChain[];
  readonly previousCounter: number;
  readonly pending: PendingPreKey | undefined;
}

/** Who a new session is between; all public keys. */
export type SessionParties = Pick<Session, 'baseKey' | 'ourIdentity' | 'theirIdentity'>;

/** The initiator's session: it can send at once. */
export function startSession(
  parties: SessionParties,
  first: RootAndChain,
  theirSignedPreKey: Uint8Array,
  pending: PendingPreKey,
): Session {
  const ourRatchet = generateKeyPair();
  const next = deriveNextRoot(first.rootKey, sharedSecret(ourRatchet.privateKey, theirSignedPreKey));
  const sending = { key: next.chainKey, index: 0 };
  return {
    ...parties,
    rootKey: next.rootKey,
    ourRatchet,
    sending,
    receiving: [],
    previousCounter: 0,
    pending,
  };
}

/** The responder's session: it can send after the first message was opened. */
export function answerSession(
  parties: SessionParties,
  first: RootAndChain,
  ourSignedPreKey: KeyPair,
): Session {
  return {
    ...parties,
    rootKey: first.rootKey,
    ourRatchet: ourSignedPreKey,
    sending: undefined,
    receiving: [],
    previousCounter: 0,
    pending: undefined,
  };
}

/** Encrypts one message. Throws `SignalError('no_session')` on a responder's session that has opened none yet. */
export function sealMessage(
  session: Session,
  plaintext: Uint8Array,
): { session: Session; message: Uint8Array } {
  const { sending } = session;
  if (!sending) throw new SignalError('no_session', 'the session cannot send before it has received');
  const keys = deriveMessageKeys(messageSeed(sending.key));
  const cipher = createCipheriv('aes-256-cbc', keys.cipherKey, keys.iv);
  const message = encodeRatchetMessage(
    {
      ratchetKey: session.ourRatchet.publicKey,
      counter: sending.index,
      previousCounter: session.previousCounter,
      ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final()]),
    },
    keys.macKey,
    { sender: session.ourIdentity, receiver: session.theirIdentity },
  );
  return { session: { ...session, sending: advance(sending) }, message };
}

/**
 * Decrypts one message, in or out of order. Throws `SignalError`: `bad_mac` (also for a message of another session),
 * `duplicate_message`, `too_far_ahead`, `invalid_message`, `invalid_key`.
 */
export function openMessage(
  session: Session,
  encoded: Uint8Array,
): { session: Session; plaintext: Uint8Array } {
  const message = decodeRatchetMessage(encoded);
  const known = session.receiving.find((chain) => isSameKey(chain.ratchetKey, message.ratchetKey));
  const { stepped, chain } = known
    ? { stepped: session, chain: known }
    : stepRatchet(session, message.ratchetKey);
  const found = seedAt(chain, message.counter);
  const keys = deriveMessageKeys(found.seed);
  checkMac(encoded, keys.macKey, { sender: session.theirIdentity, receiver: session.ourIdentity });
  const plaintext = decipher(keys.cipherKey, keys.iv, message.ciphertext);
  const receiving = stepped.receiving.map((other) => (other === chain ? found.chain : other));
  return { session: { ...stepped, receiving, pending: undefined }, plaintext };
}

/** Whether two public keys are the same; they are no secrets, so no constant time is needed. */
export function isSameKey(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

// Late messages of older chains still open; libsignal keeps five as well.
const receivingChainsMax = 5;

function stepRatchet(
  session: Session,
  theirRatchet: Uint8Array,
): { stepped: Session; chain: ReceivingChain } {
  const received = deriveNextRoot(session.rootKey, sharedSecret(session.ourRatchet.privateKey, theirRatchet));
  const ourRatchet = generateKeyPair();
  const sent = deriveNextRoot(received.rootKey, sharedSecret(ourRatchet.privateKey, theirRatchet));
  const chain = startReceiving(theirRatchet, received.chainKey);
  const stepped = {
    ...session,
    rootKey: sent.rootKey,
    ourRatchet,
    sending: { key: sent.chainKey, index: 0 },
    receiving: [chain, ...session.receiving].slice(0, receivingChainsMax),
    previousCounter: Math.max((session.sending?.index ?? 0) - 1, 0),
  };
  return { stepped, chain };
}

function decipher(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-cbc', key, iv);
  try {
    return new Uint8Array(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
  } catch {
    throw new SignalError('invalid_message', 'the authenticated ciphertext is not whole AES-CBC blocks');
  }
}
