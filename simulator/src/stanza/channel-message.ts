import type { Device } from '../account.ts';
import { publish, react } from '../channels.ts';
import type { Network } from '../network.ts';
import { proto } from './codec.ts';
import type { Stanza } from './codec.ts';
import { bytesOf, child } from './node.ts';

/** What a linked device writes to a channel: a post of the owner, or a reaction of a follower. */
export function routeChannelMessage(network: Network, sender: Device, message: Stanza): void {
  const { to, id = '', type, server_id } = message.attrs;
  const channel = network.channels.find(to);
  if (!channel) return void network.counters.unroutable++;
  if (type === 'reaction') {
    const emoji = child(message, 'reaction')?.attrs['code'] ?? '';
    return react(network, channel, sender.account, Number(server_id), emoji);
  }
  const plaintext = bytesOf(child(message, 'plaintext'));
  if (plaintext) publish(channel, sender, id, proto.Message.decode(plaintext));
}

/** The error with which the server refuses what a device writes to a channel; undefined for what it takes. */
export function channelRefusal(network: Network, { account }: Device, message: Stanza): string | undefined {
  const { to, type, server_id } = message.attrs;
  const channel = network.channels.find(to);
  if (!channel) return '404';
  if (type !== 'reaction') return channel.owner === account ? undefined : '403';
  return channel.posts.some((post) => String(post.serverId) === server_id) ? undefined : '404';
}
