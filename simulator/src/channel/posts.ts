import type { Account, Device } from '../account.ts';
import { encodeMessage } from '../content/unknown.ts';
import type { proto, Stanza } from '../stanza/codec.ts';
import { messageKind } from '../stanza/message-kind.ts';
import { node } from '../stanza/node.ts';
import type { Channel, ChannelPost } from './channel.ts';

/** Publishes a post: to every follower, and to the owner's devices but the one that wrote it, marked as their own. */
export function publish(channel: Channel, writer: Device, id: string, content: proto.IMessage): ChannelPost {
  const post = channel.add(id, content);
  tell(channel, writer, post);
  return post;
}

/** Changes a post: it goes out once more under its own id, with all that it says now, a file too. */
export function editPost(channel: Channel, writer: Device, post: ChannelPost, content: proto.IMessage): void {
  Object.assign(post, { content, editedAtMs: Date.now() });
  tell(channel, writer, post);
}

/** Deletes a post for everyone: it goes out once more under its own id, without anything in it. */
export function deletePost(channel: Channel, writer: Device, post: ChannelPost): void {
  Object.assign(post, { content: {}, deletedAt: Math.floor(Date.now() / 1000) });
  tell(channel, writer, post);
}

/**
 * A post as devices of one account get it. `edit` is 3 when it is edited, 8 when it is deleted; the times in `meta` are
 * those that WhatsApp Web reads (`WASmaxInMessageDeliverNewsletterMessageFanoutMixin`).
 */
export function postStanza(channel: Channel, post: ChannelPost, account: Account): Stanza {
  const { id, content, serverId, timestamp, editedAtMs, deletedAt } = post;
  const isDeleted = deletedAt !== undefined;
  const isEdited = editedAtMs !== undefined && !isDeleted;
  const { type, mediatype } = messageKind(content);
  const attributes = {
    id,
    from: channel.jid,
    type,
    server_id: String(serverId),
    is_sender: account === channel.owner ? 'true' : undefined,
    edit: isDeleted ? '8' : isEdited ? '3' : undefined,
    t: String(deletedAt ?? (isEdited ? Math.floor(editedAtMs / 1000) : timestamp)),
  };
  const meta = {
    ...(type === 'poll' && { polltype: 'creation' }),
    ...(isEdited && { msg_edit_t: String(editedAtMs) }),
    ...((isEdited || isDeleted) && { original_msg_t: String(timestamp) }),
  };
  const body = node('plaintext', { mediatype }, isDeleted ? undefined : encodeMessage(content));
  return node('message', attributes, [...(Object.keys(meta).length > 0 ? [node('meta', meta)] : []), body]);
}

function tell(channel: Channel, writer: Device, post: ChannelPost): void {
  for (const device of channel.devices())
    if (device !== writer) device.deliver(postStanza(channel, post, device.account));
}
