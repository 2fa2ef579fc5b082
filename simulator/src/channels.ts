import { randomInt } from 'node:crypto';
import type { Account, Device } from './account.ts';
import { encodeMessage } from './content/unknown.ts';
import type { Network } from './network.ts';
import { SimulatorError } from './simulator-error.ts';
import type { proto, Stanza } from './stanza/codec.ts';
import { messageKind } from './stanza/message-kind.ts';
import { node } from './stanza/node.ts';

/** One post of a channel. */
export interface ChannelPost {
  readonly id: string;
  /** The channel's own number of it: reactions and views name it by that. */
  readonly serverId: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly content: proto.IMessage;
  /** By account. */
  readonly reactions: Map<Account, string>;
  readonly viewers: Set<Account>;
}

/** A channel: its owner posts, everybody may follow. Nothing in it is encrypted. */
export class Channel {
  /** `<digits>@newsletter` */
  readonly jid: string;
  readonly name: string;
  readonly description: string;
  readonly owner: Account;
  readonly followers = new Set<Account>();
  readonly posts: ChannelPost[] = [];
  readonly #firstServerId = randomInt(100, 1000);

  constructor(details: { jid: string; name: string; description: string; owner: Account }) {
    this.jid = details.jid;
    this.name = details.name;
    this.description = details.description;
    this.owner = details.owner;
  }

  /** Throws `unknown_message`. */
  post(serverId: number): ChannelPost {
    const found = this.posts.find((post) => post.serverId === serverId);
    if (found) return found;
    throw new SimulatorError('unknown_message', `The channel ${this.jid} has no post ${serverId}.`);
  }

  add(id: string, content: proto.IMessage): ChannelPost {
    const serverId = this.#firstServerId + this.posts.length;
    const timestamp = Math.floor(Date.now() / 1000);
    const post = { id, serverId, timestamp, content, reactions: new Map(), viewers: new Set<Account>() };
    this.posts.push(post);
    return post;
  }

  /** Every device of the owner and the followers. */
  devices(): Device[] {
    return [this.owner, ...this.followers].flatMap((account) => [...account.devices.values()]);
  }
}

/** All channels, by jid. */
export class Channels {
  readonly #channels = new Map<string, Channel>();
  #nextId = 120_363_900_000_000_001n;

  create(owner: Account, name: string, description: string): Channel {
    const channel = new Channel({ jid: `${this.#nextId++}@newsletter`, name, description, owner });
    this.#channels.set(channel.jid, channel);
    return channel;
  }

  find(jid: string | undefined): Channel | undefined {
    return this.#channels.get(jid ?? '');
  }

  all(): Channel[] {
    return [...this.#channels.values()];
  }

  /** Throws `unknown_channel`. */
  get(jid: string): Channel {
    const channel = this.find(jid);
    if (channel) return channel;
    throw new SimulatorError('unknown_channel', `There is no channel ${jid}.`);
  }
}

/** Publishes a post: to every follower, and to the owner's devices but the one that wrote it, marked as their own. */
export function publish(channel: Channel, writer: Device, id: string, content: proto.IMessage): ChannelPost {
  const post = channel.add(id, content);
  for (const device of channel.devices())
    if (device !== writer) device.deliver(postStanza(channel, post, device));
  return post;
}

/** A post as one device gets it. */
export function postStanza(
  channel: Channel,
  post: ChannelPost,
  { account }: Pick<Device, 'account'>,
): Stanza {
  const attributes = {
    id: post.id,
    from: channel.jid,
    type: messageKind(post.content).type,
    server_id: String(post.serverId),
    is_sender: account === channel.owner ? 'true' : undefined,
    t: String(post.timestamp),
  };
  return node('message', attributes, [node('plaintext', {}, encodeMessage(post.content))]);
}

/** Somebody reacts to a post, or takes that back with an empty text; linked devices of the channel hear of it. */
export function react(
  network: Network,
  channel: Channel,
  account: Account,
  serverId: number,
  emoji: string,
): void {
  const { reactions } = channel.post(serverId);
  if (emoji === '') reactions.delete(account);
  else reactions.set(account, emoji);
  const inner = node('reaction', {}, emoji);
  tell(network, channel, node('reaction', { message_id: String(serverId) }, [inner]));
}

/** Somebody has seen a post; linked devices of the channel hear how many have. */
export function view(network: Network, channel: Channel, account: Account, serverId: number): void {
  const { viewers } = channel.post(serverId);
  viewers.add(account);
  tell(network, channel, node('view', { message_id: String(serverId) }, String(viewers.size)));
}

/** The shape that Baileys 7 reads (`handleNewsletterNotification`). */
function tell(network: Network, channel: Channel, news: Stanza): void {
  const attributes = { from: channel.jid, type: 'newsletter', id: network.stanzaId(), t: network.now() };
  for (const device of channel.devices())
    if (device.id !== 0) device.deliver(node('notification', attributes, [news]));
}
