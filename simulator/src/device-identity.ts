import { hmac, sign, verify } from './signal/index.ts';
import type { KeyPair } from './signal/index.ts';
import { proto } from './stanza/codec.ts';

interface PairingParties {
  readonly phone: KeyPair;
  /** Identity key of the companion. */
  readonly companion: Uint8Array;
  /** The secret that only the two share, from the QR code or the pairing code. */
  readonly advSecret: Uint8Array;
  /** The companion's device id, which is its key index too. */
  readonly id: number;
}

/** What the phone has vouched for. */
export interface DeviceOffer {
  readonly details: Uint8Array;
  readonly accountKey: Uint8Array;
  readonly signedWithHmac: Uint8Array;
}

/**
 * The phone's word that the companion belongs to its account (WAProto `ADVSignedDeviceIdentityHMAC`): signed with the
 * phone's identity key, and with an HMAC under the secret that proves that this phone saw the companion's code.
 */
export function pairingDetails({ phone, companion, advSecret, id }: PairingParties): DeviceOffer {
  const timestamp = Math.floor(Date.now() / 1000);
  const identity = { rawId: id, timestamp, keyIndex: id, accountType: e2ee, deviceType: e2ee };
  const details = proto.ADVDeviceIdentity.encode(identity).finish();
  const accountSignature = sign(phone.privateKey, Buffer.concat([accountPrefix, details, companion]));
  const accountKey = phone.publicKey;
  const signed = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: accountKey,
    accountSignature,
  }).finish();
  const signedWithHmac = proto.ADVSignedDeviceIdentityHMAC.encode({
    details: signed,
    hmac: hmac(advSecret, signed),
    accountType: e2ee,
  }).finish();
  return { details, accountKey, signedWithHmac };
}

/** Whether the companion has countersigned the offer with the identity key that it registered with. */
export function signatureIsValid(offer: DeviceOffer, companion: Uint8Array, answer: Uint8Array): boolean {
  const { deviceSignature } = proto.ADVSignedDeviceIdentity.decode(answer);
  const signed = Buffer.concat([devicePrefix, offer.details, companion, offer.accountKey]);
  return deviceSignature?.length === 64 && verify(companion, signed, deviceSignature);
}

const accountPrefix = Uint8Array.of(6, 0);
const devicePrefix = Uint8Array.of(6, 1);
const e2ee = proto.ADVEncryptionType.E2EE;
