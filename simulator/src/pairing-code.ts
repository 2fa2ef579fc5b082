import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { serverJid } from './jid.ts';
import type { Candidate, UnlinkedWire } from './linking.ts';
import type { Network } from './network.ts';
import type { Handset } from './handset.ts';
import { generateKeyPair, hkdf, sharedSecret } from './signal/index.ts';
import { SimulatorError } from './simulator-error.ts';
import type { Stanza } from './stanza/codec.ts';
import { bytesOf, child, node, textOf } from './stanza/node.ts';

interface CodeRequest {
  readonly candidate: Candidate;
  readonly ref: Uint8Array;
  /** The companion's ephemeral key, encrypted under the code: salt 32, iv 16, key 32. */
  readonly wrappedEphemeral: Uint8Array;
  /** Opens the companion's key bundle once the phone has entered a code; false when it does not open. */
  finish?: (keyBundle: Uint8Array) => boolean;
  /** The client has gone while the phone waits for its key bundle. */
  abandon?: () => void;
}

const deriveKey = promisify(pbkdf2);

/** Linking by an eight-character code that the client shows and the phone enters. */
export class PairingCodes {
  readonly #byNumber = new Map<string, CodeRequest>();

  /** A client shows a code for a number (`companion_hello`). Gives the children of the answer. */
  hello(candidate: Candidate, number: string, request: Stanza): Stanza[] {
    const wrappedEphemeral = bytesOf(child(request, 'link_code_pairing_wrapped_companion_ephemeral_pub'));
    if (wrappedEphemeral?.length !== 80) return [];
    const ref = randomBytes(16);
    this.#byNumber.set(number, { candidate, ref, wrappedEphemeral });
    const reference = node('link_code_pairing_ref', {}, ref);
    return [node('link_code_companion_reg', { stage: 'companion_hello' }, [reference])];
  }

  /** The client's keys after the phone has entered the code (`companion_finish`); false when they do not fit. */
  finish(number: string, request: Stanza): boolean {
    const keyBundle = bytesOf(child(request, 'link_code_pairing_wrapped_key_bundle'));
    return (keyBundle && this.#byNumber.get(number)?.finish?.(keyBundle)) ?? false;
  }

  forget(wire: UnlinkedWire): void {
    for (const [number, request] of this.#byNumber)
      if (request.candidate.wire === wire) this.#drop(number, request);
  }

  #drop(number: string, request: CodeRequest): void {
    this.#byNumber.delete(number);
    request.abandon?.();
  }

  /** The phone's part. Resolves with the secret that both sides have derived. */
  async enter(
    network: Network,
    phone: Handset,
    code: string,
  ): Promise<{ candidate: Candidate; advSecret: Uint8Array }> {
    const request = this.#byNumber.get(phone.number);
    if (!request) {
      throw new SimulatorError('pairing_code_unknown', `No client has asked for a code for ${phone.number}.`);
    }
    const secretCode = code.replaceAll(/[\s-]/g, '').toUpperCase();
    const companionEphemeral = await unwrap(secretCode, request.wrappedEphemeral);
    const ephemeral = generateKeyPair();
    const shared = sharedSecret(ephemeral.privateKey, companionEphemeral);
    const random = new Promise<Uint8Array>((resolve, reject) => {
      request.abandon = () => reject(new SimulatorError('pairing_failed', 'The client has hung up.'));
      request.finish = (keyBundle) => {
        const opened = openBundle(shared, keyBundle);
        const isFor = opened && Buffer.from(opened.companion).equals(request.candidate.keys.identityKey);
        if (isFor && Buffer.from(opened.primary).equals(phone.identity.publicKey)) resolve(opened.random);
        else reject(new SimulatorError('pairing_code_wrong', 'This is not the code that the client shows.'));
        return isFor === true;
      };
    });
    request.candidate.wire.send(
      invitation(network, request.ref, phone, await wrap(secretCode, ephemeral.publicKey)),
    );
    const identities = sharedSecret(phone.identity.privateKey, request.candidate.keys.identityKey);
    const secrets = Buffer.concat([shared, identities, await random]);
    return { candidate: request.candidate, advSecret: hkdf(secrets, new Uint8Array(0), 'adv_secret', 32) };
  }
}

/** The number that a `link_code_companion_reg` is about; and which of its two stages it is. */
export function readCodeStage(request: Stanza): { number: string; stage: string } {
  return {
    number: (request.attrs['jid'] ?? '').split('@')[0] ?? '',
    stage: request.attrs['stage'] ?? textOf(request) ?? '',
  };
}

function invitation(network: Network, ref: Uint8Array, phone: Handset, wrappedEphemeral: Uint8Array): Stanza {
  const attributes = {
    from: serverJid,
    type: 'link_code_companion_reg',
    id: network.stanzaId(),
    t: network.now(),
  };
  const content = [
    node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrappedEphemeral),
    node('primary_identity_pub', {}, phone.identity.publicKey),
    node('link_code_pairing_ref', {}, ref),
  ];
  return node('notification', attributes, [
    node('link_code_companion_reg', { stage: 'primary_hello' }, content),
  ]);
}

// The cipher has no tag: a wrong code gives a wrong key, which shows when the companion's bundle does not open.
async function unwrap(code: string, wrapped: Uint8Array): Promise<Uint8Array> {
  const decipher = createDecipheriv(
    'aes-256-ctr',
    await codeKey(code, wrapped.subarray(0, 32)),
    wrapped.subarray(32, 48),
  );
  return Buffer.concat([decipher.update(wrapped.subarray(48)), decipher.final()]);
}

async function wrap(code: string, publicKey: Uint8Array): Promise<Uint8Array> {
  const [salt, iv] = [randomBytes(32), randomBytes(16)];
  const cipher = createCipheriv('aes-256-ctr', await codeKey(code, salt), iv);
  return Buffer.concat([salt, iv, cipher.update(publicKey), cipher.final()]);
}

function codeKey(code: string, salt: Uint8Array): Promise<Buffer> {
  return deriveKey(code, salt, 131_072, 32, 'sha256');
}

/** Salt 32, iv 12, then AES-256-GCM of companion identity, phone identity and 32 random bytes. */
function openBundle(
  shared: Uint8Array,
  bundle: Uint8Array,
): { companion: Uint8Array; primary: Uint8Array; random: Uint8Array } | undefined {
  if (bundle.length !== 32 + 12 + 96 + 16) return undefined;
  const key = hkdf(shared, bundle.subarray(0, 32), 'link_code_pairing_key_bundle_encryption_key', 32);
  const decipher = createDecipheriv('aes-256-gcm', key, bundle.subarray(32, 44));
  decipher.setAuthTag(bundle.subarray(-16));
  try {
    const opened = Buffer.concat([decipher.update(bundle.subarray(44, -16)), decipher.final()]);
    return {
      companion: opened.subarray(0, 32),
      primary: opened.subarray(32, 64),
      random: opened.subarray(64),
    };
  } catch {
    return undefined;
  }
}
