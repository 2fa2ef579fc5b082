import type { Account, Device } from '../account.ts';
import { optionHash, optionsOf } from '../content/vote.ts';
import type { Network } from '../network.ts';
import type { Stanza } from '../stanza/codec.ts';
import { node } from '../stanza/node.ts';
import type { Channel, ChannelPost } from './channel.ts';
import { postStanza } from './posts.ts';

/** What somebody says about a post of a channel: from which device, and under which message id. */
export interface AddOn {
  readonly network: Network;
  readonly channel: Channel;
  readonly by: Device;
  readonly id: string;
  readonly serverId: number;
}

/** How long a client that looks at a channel hears of its counts. */
export const watchSeconds = 300;

/**
 * Reacts to a post, or takes that back with an empty text. The other devices of the account get the reaction; everybody
 * else who looks at the channel hears how many there are of each. Throws `unknown_message`.
 */
export function react(addOn: AddOn, emoji: string): void {
  const { channel, by, serverId } = addOn;
  const post = channel.post(serverId);
  if (emoji === '') post.reactions.delete(by.account);
  else post.reactions.set(by.account, emoji);
  const isRevoked = emoji === '';
  const reaction = node('reaction', { code: isRevoked ? undefined : emoji });
  tellOwn(addOn, { type: 'reaction', edit: isRevoked ? '7' : undefined }, [reaction]);
  tellCounts(addOn.network, channel, post);
}

/** Votes in a poll: all that is chosen now, by the hashes of the options. As `react`; what is no option is left out. */
export function voteFor(addOn: AddOn, hashes: readonly Uint8Array[]): void {
  const { channel, by, serverId } = addOn;
  const post = channel.post(serverId);
  const chosen = (optionsOf(post.content) ?? []).filter((name) =>
    hashes.some((hash) => Buffer.compare(hash, optionHash(name)) === 0),
  );
  post.votes.set(by.account, chosen);
  const votes = chosen.map((name) => node('vote', {}, optionHash(name)));
  tellOwn(addOn, { type: 'poll' }, [node('meta', { polltype: 'vote' }), node('votes', {}, votes)]);
  tellCounts(addOn.network, channel, post);
}

/** Has seen a post: who looks at the channel hears how many have. Throws `unknown_message`. */
export function view({ network, channel, by, serverId }: Omit<AddOn, 'id'>): void {
  const post = channel.post(serverId);
  post.viewers.add(by.account);
  tellCounts(network, channel, post);
}

/** Posts with their counts, as answers to queries and live updates have them (WhatsApp Web's `WASmaxInNewsletters...`). */
export function messagesOf(channel: Channel, posts: readonly Stanza[]): Stanza {
  return node('messages', { jid: channel.jid, t: String(Math.floor(Date.now() / 1000)) }, [...posts]);
}

/** A whole post with its counts. */
export function postWithCounts(channel: Channel, post: ChannelPost, account: Account): Stanza {
  const { tag, attrs, content } = postStanza(channel, post, account);
  return node(tag, attrs, [...(Array.isArray(content) ? content : []), ...countsOf(post)]);
}

/** Reactions and votes are counted, and nobody is named. */
function countsOf({ reactions, votes, viewers }: ChannelPost): Stanza[] {
  const byEmoji = [...counted(reactions.values())];
  const byOption = [...counted([...votes.values()].flat())];
  return [
    node(
      'reactions',
      {},
      byEmoji.map(([code, count]) => node('reaction', { code, count: String(count) })),
    ),
    node(
      'votes',
      {},
      byOption.map(([name, count]) => node('vote', { count: String(count) }, optionHash(name))),
    ),
    node('views_count', { count: String(viewers.size) }),
  ];
}

function counted(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function tellOwn({ network, channel, by, id, serverId }: AddOn, attrs: object, content: Stanza[]): void {
  const attributes = {
    id,
    from: channel.jid,
    server_id: String(serverId),
    is_sender: 'true',
    t: network.now(),
    ...attrs,
  };
  for (const device of by.account.devices.values())
    if (device !== by) device.deliver(node('message', attributes, content));
}

function tellCounts(network: Network, channel: Channel, post: ChannelPost): void {
  const attributes = { from: channel.jid, type: 'newsletter', t: network.now() };
  const message = node('message', { id: post.id, server_id: String(post.serverId) }, countsOf(post));
  const updates = node('live_updates', {}, [messagesOf(channel, [message])]);
  for (const [device, until] of channel.watchers)
    if (Date.now() < until)
      device.deliver(node('notification', { ...attributes, id: network.stanzaId() }, [updates]));
}
