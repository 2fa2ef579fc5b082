import type { Device } from './account.ts';
import { encodeContent } from './message-content.ts';
import { addressOf } from './signal-address.ts';
import type { PreKeyBundle, SignalDevice } from './signal/index.ts';
import type { proto, Stanza } from './stanza/codec.ts';
import { messageKind } from './stanza/message-kind.ts';
import { node } from './stanza/node.ts';

/** Who could not decrypt: how often it has asked, and the keys that it has sent along. */
export interface Again {
  readonly count: string;
  readonly bundle: PreKeyBundle | undefined;
}

/** `<enc>` for one device. Without a session with it, one is begun, with the keys of who asks again or the server's. */
export function encryptFor(
  signal: SignalDevice,
  device: Device,
  content: proto.IMessage,
  again?: Again,
): Stanza {
  const address = addressOf(device);
  const bundle = signal.hasSession(address) ? undefined : (again?.bundle ?? device.bundle());
  const { type, ciphertext } = signal.encrypt(address, encodeContent(content), bundle);
  const { mediatype } = messageKind(content.deviceSentMessage?.message ?? content);
  return node('enc', { v: '2', type, mediatype, count: again?.count }, ciphertext);
}
