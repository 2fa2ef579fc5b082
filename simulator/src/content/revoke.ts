import { proto } from '../stanza/codec.ts';

/** Deletes the message with that key for everyone: one's own, or in a group, as its admin, somebody else's. */
export function revoke(key: proto.IMessageKey): proto.IMessage {
  return { protocolMessage: { key, type: proto.Message.ProtocolMessage.Type.REVOKE } };
}
