import { sharedSecret } from './curve.ts';
import type { KeyPair } from './curve.ts';
import { deriveFirstKeys } from './kdf.ts';
import type { RootAndChain } from './kdf.ts';

/** The side that starts: our keys, and the public keys of their bundle. */
export interface InitiatorKeys {
  identity: KeyPair;
  baseKey: KeyPair;
  theirIdentity: Uint8Array;
  theirSignedPreKey: Uint8Array;
  theirPreKey: Uint8Array | undefined;
}

/** The side that answers: our private keys that the bundle named, and the public keys of their first message. */
export interface ResponderKeys {
  identity: KeyPair;
  signedPreKey: KeyPair;
  preKey: KeyPair | undefined;
  theirIdentity: Uint8Array;
  theirBaseKey: Uint8Array;
}

/** X3DH (signal.org/docs/specifications/x3dh section 3.3) as the side that starts. */
export function agreeAsInitiator(keys: InitiatorKeys): RootAndChain {
  const { identity, baseKey, theirIdentity, theirSignedPreKey, theirPreKey } = keys;
  return deriveFrom([
    sharedSecret(identity.privateKey, theirSignedPreKey),
    sharedSecret(baseKey.privateKey, theirIdentity),
    sharedSecret(baseKey.privateKey, theirSignedPreKey),
    ...(theirPreKey ? [sharedSecret(baseKey.privateKey, theirPreKey)] : []),
  ]);
}

/** X3DH as the side that answers; gives what the initiator's `agreeAsInitiator` gave. */
export function agreeAsResponder(keys: ResponderKeys): RootAndChain {
  const { identity, signedPreKey, preKey, theirIdentity, theirBaseKey } = keys;
  return deriveFrom([
    sharedSecret(signedPreKey.privateKey, theirIdentity),
    sharedSecret(identity.privateKey, theirBaseKey),
    sharedSecret(signedPreKey.privateKey, theirBaseKey),
    ...(preKey ? [sharedSecret(preKey.privateKey, theirBaseKey)] : []),
  ]);
}

// 32 bytes that are no valid curve point keep X3DH's input apart from other uses of the same keys (section 2.2).
const separation = new Uint8Array(32).fill(0xff);

function deriveFrom(secrets: Uint8Array[]): RootAndChain {
  return deriveFirstKeys(Buffer.concat([separation, ...secrets]));
}
