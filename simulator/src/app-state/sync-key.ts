import { randomBytes } from 'node:crypto';
import { hkdf } from '../signal/index.ts';
import { proto } from '../stanza/codec.ts';

/** The secret under which the devices of an account share their settings; the server never sees it. */
export interface SyncKey {
  readonly id: Uint8Array;
  readonly secret: Uint8Array;
  readonly createdAt: number;
}

/** What is made of a `SyncKey`: 32 bytes each. */
export interface MutationKeys {
  readonly index: Uint8Array;
  readonly valueEncryption: Uint8Array;
  readonly valueMac: Uint8Array;
  readonly snapshotMac: Uint8Array;
  readonly patchMac: Uint8Array;
}

export function createSyncKey(): SyncKey {
  return { id: randomBytes(6), secret: randomBytes(32), createdAt: Date.now() };
}

export function deriveMutationKeys({ secret }: SyncKey): MutationKeys {
  const bytes = hkdf(secret, new Uint8Array(), 'WhatsApp Mutation Keys', 160);
  const part = (i: number) => bytes.slice(32 * i, 32 * (i + 1));
  return {
    index: part(0),
    valueEncryption: part(1),
    valueMac: part(2),
    snapshotMac: part(3),
    patchMac: part(4),
  };
}

/** The message with which a handset gives the key to a companion. */
export function syncKeyContent({ id, secret, createdAt }: SyncKey): proto.IMessage {
  const fingerprint = { rawId: 1, currentIndex: 1, deviceIndexes: [0, 1] };
  const keyData = { keyData: secret, fingerprint, timestamp: createdAt };
  return {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE,
      appStateSyncKeyShare: { keys: [{ keyId: { keyId: id }, keyData }] },
    },
  };
}
