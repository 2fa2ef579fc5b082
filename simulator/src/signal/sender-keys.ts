import { createCipheriv, createDecipheriv, randomBytes, randomInt } from 'node:crypto';
import { advance, seedAt } from './chains.ts';
import type { Chain, JumpingChain } from './chains.ts';
import { generateKeyPair } from './curve.ts';
import type { KeyPair } from './curve.ts';
import { deriveGroupMessageKeys, messageSeed } from './kdf.ts';
import {
  checkSignature,
  decodeDistribution,
  decodeSenderKeyMessage,
  encodeDistribution,
  encodeSenderKeyMessage,
} from './sender-key-messages.ts';
import type { SenderKeyDistribution } from './sender-key-messages.ts';
import { isSameKey } from './session.ts';
import { SignalError } from './signal-error.ts';

/** What we encrypt with in one group. */
interface OwnSenderKey {
  readonly keyId: number;
  readonly signing: KeyPair;
  readonly chain: Chain;
}

/** What we open one member's messages with. */
interface TheirSenderKey {
  readonly keyId: number;
  readonly signingKey: Uint8Array;
  readonly chain: JumpingChain;
}

/**
 * One device's sender keys, in memory: its own by group, the others' by group and address. Groups and addresses are
 * opaque strings of the caller. A call that throws has changed nothing. Plaintexts are taken as they are: WhatsApp's
 * padding is the caller's.
 */
export class SenderKeys {
  readonly #own = new Map<string, OwnSenderKey>();
  /** By group, then by address, newest first. */
  readonly #theirs = new Map<string, Map<string, readonly TheirSenderKey[]>>();

  /** What another device needs to open what we encrypt from now on; the group's key is made at the first call. */
  distribution(group: string): Uint8Array {
    const { keyId, signing, chain } = this.#ownKey(group);
    return encodeDistribution({
      keyId,
      index: chain.index,
      chainKey: chain.key,
      signingKey: signing.publicKey,
    });
  }

  /** Encrypts one message to a group. */
  encrypt(group: string, plaintext: Uint8Array): Uint8Array {
    const own = this.#ownKey(group);
    const { cipherKey, iv } = deriveGroupMessageKeys(messageSeed(own.chain.key));
    const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    this.#own.set(group, { ...own, chain: advance(own.chain) });
    const message = { keyId: own.keyId, index: own.chain.index, ciphertext };
    return encodeSenderKeyMessage(message, own.signing.privateKey);
  }

  /** Drops our own key of a group: the next one is new, so that who has left cannot read on. */
  renew(group: string): void {
    this.#own.delete(group);
  }

  /** Takes the key that a member's device sent. Throws `SignalError`: `invalid_message`, `invalid_key`. */
  accept(group: string, address: string, distribution: Uint8Array): void {
    const told = decodeDistribution(distribution);
    const keys = this.#keysOf(group, address);
    // A key that we have already is kept where it stands: late messages before the one told now still open.
    const key = keys.find((known) => isKeyOf(known, told)) ?? theirKey(told);
    this.#keep(group, address, [key, ...keys.filter(({ keyId }) => keyId !== told.keyId)].slice(0, keysMax));
  }

  /**
   * Decrypts what a member's device sent to the group, each message once, in or out of order. Throws `SignalError`:
   * `no_sender_key`, `bad_signature`, `duplicate_message`, `too_far_ahead`, `invalid_message`.
   */
  decrypt(group: string, address: string, encoded: Uint8Array): Uint8Array {
    const message = decodeSenderKeyMessage(encoded);
    const keys = this.#keysOf(group, address);
    const known = keys.find(({ keyId }) => keyId === message.keyId);
    if (!known) throw new SignalError('no_sender_key', 'this member has sent no such sender key');
    checkSignature(encoded, known.signingKey);
    const { seed, chain } = seedAt(known.chain, message.index);
    const plaintext = decipher(seed, message.ciphertext);
    this.#keep(
      group,
      address,
      keys.map((key) => (key === known ? { ...key, chain } : key)),
    );
    return plaintext;
  }

  /** Forgets every key that others have sent for a group, as a restored backup would. */
  forget(group: string): void {
    this.#theirs.delete(group);
  }

  #ownKey(group: string): OwnSenderKey {
    const own = this.#own.get(group) ?? {
      keyId: randomInt(keyIdEnd),
      signing: generateKeyPair(),
      chain: { key: randomBytes(32), index: 0 },
    };
    this.#own.set(group, own);
    return own;
  }

  #keysOf(group: string, address: string): readonly TheirSenderKey[] {
    return this.#theirs.get(group)?.get(address) ?? [];
  }

  #keep(group: string, address: string, keys: readonly TheirSenderKey[]): void {
    const ofGroup = this.#theirs.get(group) ?? new Map<string, readonly TheirSenderKey[]>();
    this.#theirs.set(group, ofGroup.set(address, keys));
  }
}

/** 31 bits, as libsignal chooses it. */
const keyIdEnd = 0x7fff_ffff;

/** How many keys of one sender stay, so that late messages of an older one still open; libsignal's number. */
const keysMax = 5;

function theirKey({ keyId, index, chainKey, signingKey }: SenderKeyDistribution): TheirSenderKey {
  return { keyId, signingKey, chain: { key: chainKey, index, skipped: new Map() } };
}

function isKeyOf(known: TheirSenderKey, told: SenderKeyDistribution): boolean {
  return known.keyId === told.keyId && isSameKey(known.signingKey, told.signingKey);
}

function decipher(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const { cipherKey, iv } = deriveGroupMessageKeys(seed);
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
  try {
    return new Uint8Array(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
  } catch {
    throw new SignalError('invalid_message', 'the signed ciphertext is not whole AES-CBC blocks');
  }
}
