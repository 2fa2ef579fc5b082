import type { Account, Device } from '../account.ts';
import { reply } from '../content/index.ts';
import { Handset } from '../handset.ts';
import type { PhoneOptions } from '../handset.ts';
import type { GroupChange } from '../group/changes.ts';
import { Group } from '../group/group.ts';
import { isChannelJid, isGroupJid, namesWriters } from '../jid.ts';
import type { Addressing } from '../jid.ts';
import { PhoneBroadcasts } from './broadcasts.ts';
import type { ListOptions, StatusOptions } from './broadcasts.ts';
import { PhoneGroups } from './groups.ts';
import { findAccount } from '../find-account.ts';
import type { Who } from '../find-account.ts';
import type { Linking } from '../linking.ts';
import type { NewMedia } from '../content/media.ts';
import type { MediaFile } from '../media/media-store.ts';
import type { Content } from '../message-content.ts';
import type { Network } from '../network.ts';
import { PeerRequests } from '../peer-requests.ts';
import { PhoneChannels } from './channels.ts';
import { applyChange } from '../apply-change.ts';
import type { EditForm } from '../content/edit.ts';
import { PhoneChanges } from './changes.ts';
import type { Sent, Which } from './changes.ts';
import { PhoneCalls } from './calls.ts';
import type { Call, CallOptions } from './calls.ts';
import { PhoneCommunities } from './communities.ts';
import { PhoneJoins } from './joins.ts';
import { PhoneHistory } from './history.ts';
import { PhonePresence } from './presence.ts';
import { PhoneProfile } from './profile.ts';
import { PhoneSettings } from './settings.ts';
import { PhoneMedia } from './media.ts';
import type { DownloadedMedia } from './media.ts';
import { PhoneMediaRetries } from './media-retries.ts';
import { PhoneInbox } from './inbox.ts';
import { PhoneOutbox } from './outbox.ts';
import type { SendOptions } from './outbox.ts';
import { SimulatorError } from '../simulator-error.ts';
import { PhoneMessages } from './messages.ts';
import type { PhoneMessage } from './messages.ts';
import { SessionRenewals } from '../session-renewals.ts';
import type { Stanza } from '../stanza/codec.ts';

/** A handset with all that people do on it. Tests and people drive it. */
export class Phone extends Handset {
  /** Whether arriving messages are confirmed as delivered at once; see `confirm`. */
  autoReceipts = true;
  /** Whether a device that could not decrypt a message gets it again when it asks. */
  answersRetries = true;
  /** Whether a companion that finds a file expired is told where it is again. */
  answersMediaRetries = true;
  /** What this handset tells its companions about the past. */
  readonly history: PhoneHistory;
  /** What all devices of the account share: archived, pinned and muted chats, stars, deletions. */
  readonly settings: PhoneSettings;
  /** The calls that it has made; `call` makes one. */
  readonly calls: PhoneCalls;
  /** Channels: its own, and those that it follows. */
  readonly channels: PhoneChannels;
  /** Whether it is online and types, and what it hears of others. */
  readonly presence: PhonePresence;
  /** Its name, picture and about, and whom it blocks. */
  readonly profile: PhoneProfile;
  /** How it gets into groups and lets others in. */
  readonly joins: PhoneJoins;
  /** Communities: groups of groups. */
  readonly communities: PhoneCommunities;
  /** What its companions ask of it. */
  readonly requests: PeerRequests;
  /** Keys and secrets of its messages, as it sees them: for contents that a test writes itself. */
  readonly changes: PhoneChanges;
  readonly #messages = new PhoneMessages();
  readonly #inbox: PhoneInbox;
  readonly #outbox: PhoneOutbox;
  readonly #media: PhoneMedia;
  readonly #mediaRetries: PhoneMediaRetries;
  readonly #groups: PhoneGroups;
  readonly #broadcasts: PhoneBroadcasts;

  constructor(account: Account, network: Network, linking: Linking, options: PhoneOptions = {}) {
    super(account, network, linking, options);
    const { signal } = this;
    const parts = {
      phone: this,
      network,
      signal,
      renewals: new SessionRenewals(signal),
      messages: this.#messages,
      checkOnline: () => this.checkOnline(),
    };
    this.#outbox = new PhoneOutbox(parts);
    this.#media = new PhoneMedia(network.media);
    this.#mediaRetries = new PhoneMediaRetries(parts);
    this.#groups = new PhoneGroups(parts);
    this.#broadcasts = new PhoneBroadcasts({ ...parts, groups: this.#groups });
    const more = { ...parts, outbox: this.#outbox };
    this.history = new PhoneHistory(more);
    this.settings = new PhoneSettings(more);
    this.calls = new PhoneCalls(more);
    this.channels = new PhoneChannels({ ...more, media: this.#media });
    this.presence = new PhonePresence(more);
    this.profile = new PhoneProfile({ ...more, settings: this.settings });
    this.joins = new PhoneJoins(more);
    this.communities = new PhoneCommunities(more);
    this.requests = new PeerRequests({ ...more, history: this.history });
    const send: typeof this.send = (...message) => this.send(...message);
    this.changes = new PhoneChanges({ phone: this, network, messages: this.#messages, send });
    this.#messages.onContent = (message) => applyChange(message, this.#messages, network.directory);
    this.#inbox = new PhoneInbox({ ...parts, onPeerMessage: (...peer) => this.requests.take(...peer) });
  }

  /** Everything written and received, oldest first. */
  get messages(): PhoneMessage[] {
    return this.#messages.all();
  }

  /**
   * Writes a text, or any other content. It is encrypted for each device of the receiver and for our own companions; resolves when the
   * server has taken it. To a group it is `sendToGroup`. Throws `unknown_phone`, `phone_offline`, and `invalid_request` for one
   * to a group that is to be spoilt.
   */
  async send(
    to: Phone | Group | string,
    what: Content,
    options: SendOptions = {},
  ): Promise<{ id: string; timestamp: number }> {
    if (to instanceof Group || (typeof to === 'string' && isGroupJid(to))) {
      if (options.spoil !== undefined) throw cannotBeSpoilt();
      return this.sendToGroup(to, what, options);
    }
    this.checkOnline();
    return this.#outbox.send(findAccount(this.network.directory, to), what, options);
  }

  /**
   * Writes to a group: one ciphertext for all, with this phone's sender key for every device that lacks it. Throws
   * `unknown_group`, `not_a_member`, `not_an_admin` (when only admins may write), `phone_offline`.
   */
  async sendToGroup(
    group: Group | string,
    what: Content,
    options: { id?: string; addressing?: Addressing } = {},
  ): Promise<{ id: string; timestamp: number }> {
    return this.#groups.send(group, what, options);
  }

  /**
   * Reacts to a message, given by itself or its id; an empty text takes the reaction back. Throws `unknown_message`,
   * `phone_offline`, as the next three do.
   */
  async react(which: Which, emoji: string, options: SendOptions = {}): Promise<Sent> {
    return this.changes.react(which, emoji, options);
  }

  /** Changes the text of an own message, or the caption of its file. Throws `invalid_request` for others' messages. */
  async edit(which: Which, text: string, options: SendOptions & { form?: EditForm } = {}): Promise<Sent> {
    return this.changes.edit(which, text, options);
  }

  /** Deletes an own message for everyone, or as an admin of its group somebody else's; others get `not_an_admin`. */
  async deleteForEveryone(which: Which, options: SendOptions = {}): Promise<Sent> {
    return this.changes.delete(which, options);
  }

  /** Votes in a poll: all that is chosen now, by name; nothing takes the vote back. Throws `invalid_request`. */
  async vote(which: Which, names: readonly string[], options: SendOptions = {}): Promise<Sent> {
    return this.changes.vote(which, names, options);
  }

  /**
   * Encrypts a file, puts it on the media host and sends the message for it, to a phone or a group. Gives also the file on
   * the host. Throws what `send` throws, and `invalid_request` for what this kind of media cannot have.
   */
  async sendMedia(
    to: Phone | Group | string,
    media: NewMedia,
    options: SendOptions = {},
  ): Promise<{ id: string; timestamp: number; file: MediaFile }> {
    this.checkOnline();
    const { content, file } = this.#media.upload(media);
    return { ...(await this.send(to, content, options)), file };
  }

  /**
   * Downloads the media of a message, by itself or by its id, and opens and checks it. Throws `unknown_message`, `no_media`,
   * `media_expired` and `unknown_media` when the host does not have the file, `media_damaged`, `phone_offline`.
   */
  async download(what: PhoneMessage | string): Promise<DownloadedMedia> {
    this.checkOnline();
    return this.#media.download(typeof what === 'string' ? this.#messages.withId(what) : what);
  }

  /** The handset loses its copy of a message's file: a companion that asks for it again gets an error. Throws `unknown_message`. */
  loseMedia(id: string): void {
    this.#mediaRetries.lose(id);
  }

  /** Answers a message, in the chat that it was in. Throws as `send` does. */
  async reply(message: PhoneMessage, what: Content): Promise<{ id: string; timestamp: number }> {
    const { addressing, group, fromMe, from, to } = message;
    const by = findAccount(this.network.directory, from).jid(addressing);
    const chat = group ?? (fromMe ? to : from);
    return this.send(chat, reply(message, what, { by }), { addressing });
  }

  /** Saves somebody in the address book: a status of ours is for our contacts. Throws `unknown_phone`. */
  addContact(...people: readonly Who[]): void {
    for (const who of people) this.account.contacts.add(findAccount(this.network.directory, who));
  }

  /** Posts a status for all contacts, or for those whom the options name. Throws `unknown_phone`, `phone_offline`. */
  async postStatus(what: Content, options: StatusOptions = {}): Promise<{ id: string; timestamp: number }> {
    return this.#broadcasts.postStatus(what, options);
  }

  /** Writes to a broadcast list: everybody gets it for himself. Throws `unknown_phone`, `phone_offline`. */
  async sendToList(
    to: readonly Who[],
    what: Content,
    options: ListOptions = {},
  ): Promise<{ id: string; timestamp: number }> {
    return this.#broadcasts.sendToList(to, what, options);
  }

  /** Founds a group with this phone as its admin. Throws `unknown_phone`, `phone_offline`. */
  createGroup(
    subject: string,
    members: readonly (Phone | string)[] = [],
    options: { addressing?: Addressing } = {},
  ): Group {
    return this.#groups.create({ subject, members, ...options });
  }

  /**
   * Gets another phone number; its groups are told. Throws `number_taken`, and `invalid_request` while clients are linked:
   * they would have to be linked again.
   */
  changeNumber(number: string): void {
    this.profile.changeNumber(number);
  }

  /** Adds members. Throws, as all changes do, `unknown_group`, `not_a_member`, `not_an_admin`, `phone_offline`. */
  addToGroup(group: Group | string, ...members: readonly (Phone | string)[]): void {
    this.#groups.add(group, members);
  }

  /** Removes members. */
  removeFromGroup(group: Group | string, ...members: readonly (Phone | string)[]): void {
    this.#groups.remove(group, members);
  }

  leaveGroup(group: Group | string): void {
    this.#groups.leave(group);
  }

  /** Makes members admins. */
  promoteInGroup(group: Group | string, ...members: readonly (Phone | string)[]): void {
    this.#groups.setAdmins(group, members, true);
  }

  /** Makes admins members. */
  demoteInGroup(group: Group | string, ...members: readonly (Phone | string)[]): void {
    this.#groups.setAdmins(group, members, false);
  }

  /** Changes subject, description, picture, and who may write or change these; one notification for each. */
  changeGroup(group: Group | string, change: GroupChange): void {
    this.#groups.change(group, change);
  }

  /**
   * Reads one message by id, or with a phone, group, number or jid everything unread from there: the writers get read
   * receipts, and our companions hear of it. Throws `unknown_message`, `unknown_phone`, `phone_offline`.
   */
  async read(what: Phone | Group | string): Promise<string[]> {
    this.checkOnline();
    if (what instanceof Group) return this.#inbox.read(what.jid);
    return this.#inbox.read(
      typeof what === 'string' ? (this.network.directory.find(what) ?? what) : what.account,
    );
  }

  /** Sends the delivery receipt of a message by hand, for phones whose `autoReceipts` are off. Throws `unknown_message`. */
  confirm(id: string): void {
    this.checkOnline();
    this.#inbox.confirm(id);
  }

  /** Plays a voice note or a video once: its writer is told. Throws `unknown_message`, `phone_offline`. */
  play(id: string): void {
    this.checkOnline();
    this.#inbox.play(id);
  }

  /** Calls somebody: rings at all devices. Throws `unknown_phone`, `phone_offline`. */
  call(who: Phone | string, options: CallOptions = {}): Call {
    return this.calls.call(who, options);
  }

  /** The first message that fits, present or to come. Rejects with `timeout` after `timeoutMs` (60 s). */
  waitForMessage(predicate: (message: PhoneMessage) => boolean, timeoutMs = 60_000): Promise<PhoneMessage> {
    return this.#messages.waitFor(predicate, timeoutMs);
  }

  /** Loses the sender keys of a group's other members, or of `status@broadcast`, as a restored backup would: what they send next fails. */
  forgetSenderKeys(group: Group | string): void {
    this.#groups.forgetSenderKeys(group);
  }

  /** What a companion waits for after its first login: a key for shared settings, and a history. */
  welcome(companion: Device): void {
    if (this.keptForLater(() => this.welcome(companion))) return;
    this.settings.shareKey(companion);
    this.history.welcome(companion);
  }

  deliver(stanza: Stanza): void {
    if (this.keptForLater(() => this.deliver(stanza))) return;
    const { from } = stanza.attrs;
    if (namesWriters(from)) this.#groups.take(stanza);
    else if (isChannelJid(from)) this.channels.take(stanza);
    else if (stanza.tag === 'message') this.#inbox.takeMessage(stanza);
    else if (stanza.tag === 'receipt' && stanza.attrs['type'] === 'retry') this.#outbox.sendAgain(stanza);
    else if (stanza.tag === 'receipt' && stanza.attrs['type'] === 'server-error')
      this.#mediaRetries.take(stanza);
    else if (stanza.tag === 'receipt') this.#inbox.takeReceipt(stanza);
    else if (stanza.tag === 'call') this.calls.take(stanza);
  }

  hear(stanza: Stanza): void {
    if (this.isOnline) this.presence.take(stanza);
  }
}

function cannotBeSpoilt(): SimulatorError {
  return new SimulatorError(
    'invalid_request',
    'A message to a group is one ciphertext for all, handsets too, so it cannot be spoilt. Write to a person.',
  );
}
