import type { PublicKey, SignedPublicKey } from '../companion.ts';
import type { PreKeyBundle } from '../signal/index.ts';
import type { Stanza } from './codec.ts';
import { bigEndian, bytesOf, child, node, numberOf } from './node.ts';

/** Signal's only key type, Curve25519. */
const keyType = Uint8Array.of(5);

/** The children of a `<user>` in the answer to a key query. */
export function encodeBundle(bundle: PreKeyBundle): Stanza[] {
  const { registrationId, identityKey, signedPreKey, preKey } = bundle;
  return [
    node('registration', {}, bigEndian(registrationId, 4)),
    node('type', {}, keyType),
    node('identity', {}, identityKey),
    node('skey', {}, [...encodeKey(signedPreKey), node('signature', {}, signedPreKey.signature)]),
    ...(preKey ? [node('key', {}, encodeKey(preKey))] : []),
  ];
}

/** The bundle inside a retry receipt, `<registration>` and `<keys>`; undefined without usable keys. */
export function decodeRetryBundle(receipt: Stanza): PreKeyBundle | undefined {
  const keys = child(receipt, 'keys');
  const registration = bytesOf(child(receipt, 'registration'));
  const identityKey = bytesOf(child(keys, 'identity'));
  const signedPreKey = decodeSignedKey(child(keys, 'skey'));
  if (!registration || !identityKey || !signedPreKey) return undefined;
  const preKey = decodeKey(child(keys, 'key'));
  return { registrationId: numberOf(registration), identityKey, signedPreKey, ...(preKey && { preKey }) };
}

/** `<registration>` and, from the second request on, `<keys>`, as a client that could not decrypt sends them. */
export function encodeRetryBundle(bundle: PreKeyBundle, withKeys: boolean): Stanza[] {
  const [registration, ...keys] = encodeBundle(bundle);
  return [...(registration ? [registration] : []), ...(withKeys ? [node('keys', {}, keys)] : [])];
}

/** `<key><id/><value/></key>`. */
export function decodeKey(key: Stanza | undefined): PublicKey | undefined {
  const id = bytesOf(child(key, 'id'));
  const publicKey = bytesOf(child(key, 'value'));
  return id && publicKey?.length === 32 ? { id: numberOf(id), publicKey } : undefined;
}

/** `<skey><id/><value/><signature/></skey>`. */
export function decodeSignedKey(key: Stanza | undefined): SignedPublicKey | undefined {
  const plain = decodeKey(key);
  const signature = bytesOf(child(key, 'signature'));
  return plain && signature?.length === 64 ? { ...plain, signature } : undefined;
}

function encodeKey(key: PublicKey): Stanza[] {
  return [node('id', {}, bigEndian(key.id, 3)), node('value', {}, key.publicKey)];
}
