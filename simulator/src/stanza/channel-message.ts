import type { Device } from '../account.ts';
import { react, voteFor } from '../channel/add-ons.ts';
import type { Channel, ChannelPost } from '../channel/channel.ts';
import { deletePost, editPost, publish } from '../channel/posts.ts';
import type { Network } from '../network.ts';
import { proto } from './codec.ts';
import type { Stanza } from './codec.ts';
import { bytesOf, child, children } from './node.ts';

/**
 * What a linked device writes to a channel: a post of the owner, its edit (3) or deletion (8) under the id of the post, or
 * what a follower says about one.
 */
export function routeChannelMessage(network: Network, sender: Device, message: Stanza): void {
  const { to, id = '', edit, server_id } = message.attrs;
  const channel = network.channels.find(to);
  if (!channel) return void network.counters.unroutable++;
  const addOn = { network, channel, by: sender, id, serverId: Number(server_id) };
  if (isReaction(message)) return react(addOn, child(message, 'reaction')?.attrs['code'] ?? '');
  if (isVote(message)) return voteFor(addOn, children(child(message, 'votes'), 'vote').flatMap(hashOf));
  const plaintext = bytesOf(child(message, 'plaintext'));
  const content = plaintext && proto.Message.decode(plaintext);
  const post = postWith(channel, id);
  if (post && edit === '8') deletePost(channel, sender, post);
  else if (post && edit === '3' && content) editPost(channel, sender, post, content);
  else if (content) publish(channel, sender, id, content);
}

/** The error with which the server refuses what a device writes to a channel; undefined for what it takes. */
export function channelRefusal(network: Network, { account }: Device, message: Stanza): string | undefined {
  const { to, id = '', edit, server_id } = message.attrs;
  const channel = network.channels.find(to);
  if (!channel) return '404';
  if (isReaction(message) || isVote(message))
    return channel.posts.some((post) => String(post.serverId) === server_id) ? undefined : '404';
  if (channel.owner !== account) return '403';
  return edit === undefined || postWith(channel, id) ? undefined : '404';
}

function isReaction({ attrs }: Stanza): boolean {
  return attrs['type'] === 'reaction';
}

function isVote(message: Stanza): boolean {
  return message.attrs['type'] === 'poll' && child(message, 'meta')?.attrs['polltype'] === 'vote';
}

function postWith(channel: Channel, id: string): ChannelPost | undefined {
  return channel.posts.find((post) => post.id === id);
}

function hashOf(vote: Stanza): Uint8Array[] {
  const hash = bytesOf(vote);
  return hash ? [hash] : [];
}
