import type { Account, Device } from '../account.ts';
import { publish, react, view } from '../channels.ts';
import type { Channel } from '../channels.ts';
import { contentOf, createMessageId, decodeContentOfChannel, textOfContent } from '../message-content.ts';
import type { Content } from '../message-content.ts';
import type { Network } from '../network.ts';
import type { PhoneMessages } from './messages.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { Stanza } from '../stanza/codec.ts';
import { bytesOf, child } from '../stanza/node.ts';

interface ChannelsDependencies {
  readonly phone: Device & { readonly system: 'android' | 'ios' };
  readonly network: Network;
  readonly messages: PhoneMessages;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

/**
 * What a handset does with channels, each given as itself or by its jid; every call throws `phone_offline` and, for a
 * channel that does not exist, `unknown_channel`.
 */
export class PhoneChannels {
  readonly #phone: ChannelsDependencies['phone'];
  readonly #network: Network;
  readonly #messages: PhoneMessages;
  readonly #checkOnline: () => void;

  constructor({ phone, network, messages, checkOnline }: ChannelsDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#messages = messages;
    this.#checkOnline = checkOnline;
  }

  get #account(): Account {
    return this.#phone.account;
  }

  create(name: string, description = ''): Channel {
    this.#checkOnline();
    return this.#network.channels.create(this.#account, name, description);
  }

  follow(channel: Channel | string): void {
    this.#get(channel).followers.add(this.#account);
  }

  unfollow(channel: Channel | string): void {
    this.#get(channel).followers.delete(this.#account);
  }

  /** Throws `not_an_admin` when the channel is another's. */
  post(
    channel: Channel | string,
    what: Content,
    { id = createMessageId(this.#phone.system) }: { id?: string } = {},
  ): { id: string; timestamp: number; serverId: number } {
    const found = this.#get(channel);
    if (found.owner !== this.#account)
      throw new SimulatorError('not_an_admin', `Only its owner may write to the channel ${found.jid}.`);
    const content = contentOf(what);
    const { serverId, timestamp } = publish(found, this.#phone, id, content);
    return { id, serverId, timestamp };
  }

  /** An empty emoji takes the reaction back. Throws `unknown_message`. */
  react(channel: Channel | string, serverId: number, emoji: string): void {
    react(this.#network, this.#get(channel), this.#account, serverId, emoji);
  }

  /** Counts as a view of the post. Throws `unknown_message`. */
  view(channel: Channel | string, serverId: number): void {
    view(this.#network, this.#get(channel), this.#account, serverId);
  }

  /** Takes a post that arrives. */
  take({ attrs: { id = '', from = '', is_sender, t }, ...stanza }: Stanza): void {
    const content = decodeContentOfChannel(
      bytesOf(child({ attrs: {}, ...stanza }, 'plaintext')) ?? new Uint8Array(),
    );
    this.#messages.put({
      id,
      from,
      to: this.#account.number,
      fromMe: is_sender === 'true',
      device: 0,
      addressing: 'lid',
      timestamp: Number(t),
      text: textOfContent(content),
      content,
      status: 'received',
      failedDecryptions: 0,
    });
  }

  #get(channel: Channel | string): Channel {
    this.#checkOnline();
    return typeof channel === 'string' ? this.#network.channels.get(channel) : channel;
  }
}
