export {
  generateKeyPair,
  keyPairFrom,
  sharedSecret,
  sign,
  verify,
  withKeyType,
  withoutKeyType,
} from './curve.ts';
export type { KeyPair } from './curve.ts';
export { hkdf, hmac } from './kdf.ts';
export { pad, unpad } from './padding.ts';
export type { PreKey, PreKeyBundle, SignedPreKey } from './pre-keys.ts';
export { SenderKeys } from './sender-keys.ts';
export { SignalDevice } from './signal-device.ts';
export type { CiphertextType, EncryptedMessage } from './signal-device.ts';
export { SignalError } from './signal-error.ts';
export type { SignalErrorCode } from './signal-error.ts';
