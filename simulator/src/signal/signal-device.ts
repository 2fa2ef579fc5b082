import { randomInt } from 'node:crypto';
import { generateKeyPair, verify, withKeyType } from './curve.ts';
import type { KeyPair } from './curve.ts';
import { PreKeyStore } from './pre-keys.ts';
import type { PreKeyBundle } from './pre-keys.ts';
import { answerSession, isSameKey, openMessage, sealMessage, startSession } from './session.ts';
import type { PendingPreKey, Session } from './session.ts';
import { emptyRecord, findSession, openWithAny, withOpen, withoutOpen } from './session-record.ts';
import type { SessionRecord } from './session-record.ts';
import { SignalError } from './signal-error.ts';
import { decodePreKeyMessage, encodePreKeyMessage } from './wire-messages.ts';
import type { PreKeyMessage } from './wire-messages.ts';
import { agreeAsInitiator, agreeAsResponder } from './x3dh.ts';

/** WhatsApp's `type` of an `<enc>`: `pkmsg` starts a session, `msg` belongs to one. */
export type CiphertextType = 'pkmsg' | 'msg';

/** An encrypted message as it goes into `<enc type>`. */
export interface EncryptedMessage {
  type: CiphertextType;
  ciphertext: Uint8Array;
}

/**
 * One device's Signal state, in memory: identity, pre-keys, and its sessions by address. Addresses are opaque
 * strings of the caller, one per remote device. A call that throws has changed nothing. Plaintexts are taken as
 * they are: WhatsApp's padding is the caller's (`pad`, `unpad`).
 */
export class SignalDevice {
  readonly identity: KeyPair = generateKeyPair();
  /** 14 bits, as WhatsApp's clients choose it. */
  readonly registrationId: number = randomInt(1, 0x4000);
  readonly #preKeys = new PreKeyStore(this.identity);
  readonly #records = new Map<string, SessionRecord>();
  readonly #identities = new Map<string, Uint8Array>();

  /** What others need to write to this device, with a fresh one-time pre-key each call unless `oneTime` is false. */
  bundle({ oneTime = true }: { oneTime?: boolean } = {}): PreKeyBundle {
    return {
      registrationId: this.registrationId,
      identityKey: this.identity.publicKey,
      signedPreKey: this.#preKeys.signed,
      ...(oneTime ? { preKey: this.#preKeys.issue() } : {}),
    };
  }

  /** Whether `encrypt` to this address works without a bundle. */
  hasSession(address: string): boolean {
    return this.#record(address).open !== undefined;
  }

  /**
   * Encrypts to one device; `bundle` is used only if there is no open session. Gives `pkmsg` until a message of
   * that session came back. Throws `SignalError`: `no_session`, `bad_signature`, `untrusted_identity`,
   * `invalid_key`.
   */
  encrypt(address: string, plaintext: Uint8Array, bundle?: PreKeyBundle): EncryptedMessage {
    const open = this.#record(address).open ?? this.#start(address, bundle);
    const { session, message } = sealMessage(open, plaintext);
    this.#save(address, withOpen(this.#record(address), session));
    const { pending } = session;
    return pending
      ? { type: 'pkmsg', ciphertext: this.#wrap(session, pending, message) }
      : { type: 'msg', ciphertext: message };
  }

  /**
   * Decrypts what one device sent, each message once. Throws `SignalError`: `no_session`, `bad_mac`,
   * `duplicate_message`, `too_far_ahead`, `invalid_message`, `invalid_key`, and for a `pkmsg` also
   * `unknown_pre_key`, `unknown_signed_pre_key`, `untrusted_identity`.
   */
  decrypt(address: string, type: CiphertextType, ciphertext: Uint8Array): Uint8Array {
    return type === 'pkmsg' ? this.#openFirst(address, ciphertext) : this.#openNext(address, ciphertext);
  }

  /** Closes the open session: the next `encrypt` needs a bundle, late messages of the old session still decrypt. */
  closeSession(address: string): void {
    this.#save(address, withoutOpen(this.#record(address)));
  }

  /** Forgets all sessions with the address and its identity, so that a new identity is accepted. */
  deleteSession(address: string): void {
    this.#records.delete(address);
    this.#identities.delete(address);
  }

  /** Accepts this identity key (32 bytes) for the address; its sessions are forgotten if the key is another one. */
  trust(address: string, identityKey: Uint8Array): void {
    const known = this.#identities.get(address);
    if (known && !isSameKey(known, identityKey)) this.deleteSession(address);
    this.#identities.set(address, identityKey);
  }

  #start(address: string, bundle: PreKeyBundle | undefined): Session {
    if (!bundle)
      throw new SignalError('no_session', 'there is no open session with this address, and no bundle');
    const { identityKey, signedPreKey, preKey } = bundle;
    this.#checkIdentity(address, identityKey);
    if (!verify(identityKey, withKeyType(signedPreKey.publicKey), signedPreKey.signature)) {
      throw new SignalError(
        'bad_signature',
        'the signed pre-key is not signed by the identity of its bundle',
      );
    }
    const baseKey = generateKeyPair();
    const first = agreeAsInitiator({
      identity: this.identity,
      baseKey,
      theirIdentity: identityKey,
      theirSignedPreKey: signedPreKey.publicKey,
      theirPreKey: preKey?.publicKey,
    });
    const pending = { preKeyId: preKey?.id, signedPreKeyId: signedPreKey.id };
    return startSession(
      this.#parties(baseKey.publicKey, identityKey),
      first,
      signedPreKey.publicKey,
      pending,
    );
  }

  #wrap(session: Session, pending: PendingPreKey, message: Uint8Array): Uint8Array {
    return encodePreKeyMessage({
      registrationId: this.registrationId,
      ...pending,
      baseKey: session.baseKey,
      identityKey: this.identity.publicKey,
      message,
    });
  }

  #openFirst(address: string, ciphertext: Uint8Array): Uint8Array {
    const first = decodePreKeyMessage(ciphertext);
    this.#checkIdentity(address, first.identityKey);
    const record = this.#record(address);
    const known = findSession(record, first.baseKey);
    const { session, plaintext } = openMessage(known ?? this.#answer(first), first.message);
    this.#save(address, withOpen(record, session));
    if (first.preKeyId !== undefined) this.#preKeys.remove(first.preKeyId);
    return plaintext;
  }

  #answer(first: PreKeyMessage): Session {
    const signedPreKey = this.#preKeys.signedPair(first.signedPreKeyId);
    const agreed = agreeAsResponder({
      identity: this.identity,
      signedPreKey,
      preKey: first.preKeyId === undefined ? undefined : this.#preKeys.oneTimePair(first.preKeyId),
      theirIdentity: first.identityKey,
      theirBaseKey: first.baseKey,
    });
    return answerSession(this.#parties(first.baseKey, first.identityKey), agreed, signedPreKey);
  }

  #openNext(address: string, ciphertext: Uint8Array): Uint8Array {
    const { record, plaintext } = openWithAny(this.#record(address), ciphertext);
    this.#save(address, record);
    return plaintext;
  }

  #checkIdentity(address: string, identityKey: Uint8Array): void {
    const known = this.#identities.get(address);
    if (!known || isSameKey(known, identityKey)) return;
    throw new SignalError('untrusted_identity', 'the identity key of this address has changed');
  }

  #parties(baseKey: Uint8Array, theirIdentity: Uint8Array) {
    return { baseKey, ourIdentity: this.identity.publicKey, theirIdentity };
  }

  #record(address: string): SessionRecord {
    return this.#records.get(address) ?? emptyRecord;
  }

  #save(address: string, record: SessionRecord): void {
    this.#records.set(address, record);
    const theirs = record.open?.theirIdentity;
    if (theirs) this.#identities.set(address, theirs);
  }
}
