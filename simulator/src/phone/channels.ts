import type { Account, Device } from '../account.ts';
import { react, view, voteFor } from '../channel/add-ons.ts';
import type { AddOn } from '../channel/add-ons.ts';
import type { Channel, ChannelPost } from '../channel/channel.ts';
import { deletePost, editPost, publish } from '../channel/posts.ts';
import { mediaOf } from '../content/media-of.ts';
import type { NewMedia } from '../content/media.ts';
import { optionHash, optionsOf } from '../content/vote.ts';
import type { MediaFile } from '../media/media-store.ts';
import { contentOf, createMessageId, decodeContentOfChannel, textOfContent } from '../message-content.ts';
import type { Content } from '../message-content.ts';
import type { Network } from '../network.ts';
import type { PhoneMedia } from './media.ts';
import type { PhoneMessages } from './messages.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { proto, Stanza } from '../stanza/codec.ts';
import { bytesOf, child } from '../stanza/node.ts';

interface ChannelsDependencies {
  readonly phone: Device & { readonly system: 'android' | 'ios' };
  readonly network: Network;
  readonly messages: PhoneMessages;
  readonly media: PhoneMedia;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

/** What a post is known by: `id` is the message's, `serverId` the channel's own number of it. */
interface Posted {
  readonly id: string;
  readonly timestamp: number;
  readonly serverId: number;
}

/**
 * What a handset does with channels, each given as itself or by its jid; every call throws `phone_offline` and, for a
 * channel that does not exist, `unknown_channel`. A post is named by its `serverId`; one that does not exist is an
 * `unknown_message`.
 */
export class PhoneChannels {
  readonly #phone: ChannelsDependencies['phone'];
  readonly #network: Network;
  readonly #messages: PhoneMessages;
  readonly #media: PhoneMedia;
  readonly #checkOnline: () => void;

  constructor({ phone, network, messages, media, checkOnline }: ChannelsDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#messages = messages;
    this.#media = media;
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

  /** Throws `not_an_admin` when the channel is another's, as the next three do. */
  post(channel: Channel | string, what: Content, { id = this.#newId() }: { id?: string } = {}): Posted {
    const { serverId, timestamp } = publish(this.#own(channel), this.#phone, id, contentOf(what));
    return { id, serverId, timestamp };
  }

  /** Puts a file on the media host, not encrypted, as all of a channel, and posts it. Throws `invalid_request` for view once. */
  postMedia(
    channel: Channel | string,
    media: NewMedia,
    options: { id?: string } = {},
  ): Posted & { readonly file: MediaFile } {
    const own = this.#own(channel);
    const { content, file } = this.#media.uploadPlain(media);
    return { ...this.post(own, content, options), file };
  }

  /** Changes the text of a post, or the caption of its file. */
  edit(channel: Channel | string, serverId: number, text: string): void {
    const own = this.#own(channel);
    const post = this.#there(own, serverId);
    editPost(own, this.#phone, post, rewritten(post.content, text));
  }

  /** Deletes a post for everyone. */
  delete(channel: Channel | string, serverId: number): void {
    const own = this.#own(channel);
    deletePost(own, this.#phone, this.#there(own, serverId));
  }

  /** An empty emoji takes the reaction back. */
  react(channel: Channel | string, serverId: number, emoji: string): void {
    react(this.#addOn(channel, serverId), emoji);
  }

  /** Votes in a poll: all that is chosen now, by name. Throws `invalid_request` for what is no poll, or no option of it. */
  vote(channel: Channel | string, serverId: number, names: readonly string[]): void {
    const addOn = this.#addOn(channel, serverId);
    const options = optionsOf(addOn.channel.post(serverId).content);
    const unknown = names.find((name) => options?.includes(name) !== true);
    if (!options) throw new SimulatorError('invalid_request', 'That post is no poll.');
    if (unknown !== undefined)
      throw new SimulatorError('invalid_request', `The poll has no option "${unknown}".`);
    voteFor(addOn, names.map(optionHash));
  }

  /** Counts as a view of the post. */
  view(channel: Channel | string, serverId: number): void {
    view(this.#addOn(channel, serverId));
  }

  /** Takes a post that arrives, new, edited or deleted. */
  take(stanza: Stanza): void {
    const { id = '', from = '', is_sender, edit, t } = stanza.attrs;
    const body = child(stanza, 'plaintext');
    // What the own devices say about posts shows on the channel itself.
    if (!body) return;
    const content = decodeContentOfChannel(bytesOf(body) ?? new Uint8Array());
    const known = this.#messages.find(from, id);
    if (edit === '8') {
      if (known) this.#messages.change(known, { isDeleted: true, text: undefined, content: undefined });
      return;
    }
    this.#messages.put({
      id,
      from,
      to: this.#account.number,
      fromMe: is_sender === 'true',
      device: 0,
      addressing: 'lid',
      timestamp: known?.timestamp ?? Number(t),
      text: textOfContent(content),
      content,
      status: 'received',
      failedDecryptions: 0,
      ...(edit === '3' && { isEdited: true }),
    });
  }

  #addOn(channel: Channel | string, serverId: number): AddOn {
    const found = this.#get(channel);
    return { network: this.#network, channel: found, by: this.#phone, id: this.#newId(), serverId };
  }

  #newId(): string {
    return createMessageId(this.#phone.system);
  }

  #there(channel: Channel, serverId: number): ChannelPost {
    const post = channel.post(serverId);
    if (post.deletedAt === undefined) return post;
    throw new SimulatorError('unknown_message', `The post ${serverId} of ${channel.jid} is deleted.`);
  }

  #own(channel: Channel | string): Channel {
    const found = this.#get(channel);
    if (found.owner === this.#account) return found;
    throw new SimulatorError('not_an_admin', `Only its owner may write to the channel ${found.jid}.`);
  }

  #get(channel: Channel | string): Channel {
    this.#checkOnline();
    return typeof channel === 'string' ? this.#network.channels.get(channel) : channel;
  }
}

/** The same content with another text, or caption. */
function rewritten(content: proto.IMessage, text: string): proto.IMessage {
  const copy = structuredClone(content);
  const media = mediaOf(copy);
  if (!media) return { extendedTextMessage: { ...copy.extendedTextMessage, text } };
  Object.assign(media.fields, { caption: text });
  return copy;
}
