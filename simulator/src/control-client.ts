import { ChatControl } from './control/chat-control.ts';
import type { RemoteContent } from './control/chat-control.ts';
import type { GroupChange } from './group/changes.ts';
import type { GroupMember, RequestMethod } from './group/group.ts';
import type { Addressing } from './jid.ts';
import type { CompanionState } from './handset.ts';
import type { SendOptions } from './phone/outbox.ts';
import type { PhoneMessage } from './phone/messages.ts';
import type { MediaFileSummary, MediaSummary, RemoteMedia } from './control/media-routes.ts';
import type { MediaFaultOptions } from './media/media-faults.ts';

/** A phone as the control API describes it. */
export interface RemotePhone {
  name: string;
  number: string;
  jid: string;
  lidJid: string;
  isOnline: boolean;
  autoReceipts: boolean;
  companions: CompanionState[];
}

/** A message as the control API describes it: without the decrypted bytes, but with what they say of a file. */
export type RemoteMessage = Omit<PhoneMessage, 'content'> & { media?: MediaSummary };

/** Options of a message, with a way to spoil it by its name. */
export type RemoteSendOptions = Omit<SendOptions, 'spoil'> & { spoil?: string };

/** A group as the control API describes it. */
export interface RemoteGroup {
  jid: string;
  subject: string;
  /** Jid of the community that it belongs to. */
  community?: string;
  /** Of a community: jid of the group of its announcements. */
  announcements?: string;
  description?: string;
  isAnnounce: boolean;
  isLocked: boolean;
  isApprovalRequired: boolean;
  isOpenToAdding: boolean;
  ephemeralSeconds: number;
  pictureId?: string;
  addressing: Addressing;
  members: GroupMember[];
  requests: { number: string; method: RequestMethod }[];
}

/** What to wait for: every given field must fit. */
export interface RemoteMessageFilter {
  id?: string;
  text?: string;
  status?: string;
  /** Jid of a group. */
  group?: string;
  timeoutMs?: number;
}

/** Thrown for every answer but success; `code` is the API's, such as `unknown_phone`. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Drives a simulator in another process with the verbs that it has in this one. `url` is its `controlUrl`. */
export class ControlClient {
  readonly #url: string;
  /** Status, broadcast lists, channels, typing, profiles and blocking. */
  readonly chats = new ChatControl((...request) => this.#request(...request));

  constructor(url: string) {
    this.#url = url;
  }

  health(): Promise<{ ok: true; url: string; rootPublicKey: string; mediaHost: string; mediaCa: string }> {
    return this.#request('GET', '/health');
  }

  counters(): Promise<Record<string, number>> {
    return this.#request('GET', '/counters');
  }

  phones(): Promise<RemotePhone[]> {
    return this.#request('GET', '/phones');
  }

  addPhone(phone: {
    name: string;
    number?: string;
    lid?: string;
    deviceIsAndroid?: boolean;
  }): Promise<RemotePhone> {
    return this.#request('POST', '/phones', phone);
  }

  phone(number: string): Promise<RemotePhone> {
    return this.#request('GET', `/phones/${number}`);
  }

  messages(number: string): Promise<RemoteMessage[]> {
    return this.#request('GET', `/phones/${number}/messages`);
  }

  scan(number: string, qr: string): Promise<CompanionState> {
    return this.#request('POST', `/phones/${number}/scan`, { qr });
  }

  enterPairingCode(number: string, code: string): Promise<CompanionState> {
    return this.#request('POST', `/phones/${number}/pairing-code`, { code });
  }

  /** A text, or a message of any kind; `to` is a number, a jid or a group's jid. */
  send(
    number: string,
    to: string,
    what: string | RemoteContent,
    options: RemoteSendOptions = {},
  ): Promise<{ id: string; timestamp: number }> {
    const content = typeof what === 'string' ? { text: what } : what;
    return this.#request('POST', `/phones/${number}/send`, { to, ...content, ...options });
  }

  /** To a number, a jid or a group's jid. */
  sendMedia(
    number: string,
    to: string,
    media: RemoteMedia,
    options: RemoteSendOptions = {},
  ): Promise<{ id: string; timestamp: number; file: MediaFileSummary }> {
    return this.#request('POST', `/phones/${number}/send-media`, { to, ...media, ...options });
  }

  /** The decrypted file of a message that the phone has sent or received. */
  async download(number: string, id: string): Promise<Uint8Array> {
    const path = `/phones/${number}/messages/${encodeURIComponent(id)}/media`;
    return new Uint8Array(await (await this.#fetch('GET', path)).arrayBuffer());
  }

  /** The phone loses its copy of a message's file. */
  async loseMedia(number: string, id: string): Promise<void> {
    await this.#request('POST', `/phones/${number}/lose-media`, { id });
  }

  /** Everything on the media host. */
  media(): Promise<MediaFileSummary[]> {
    return this.#request('GET', '/media');
  }

  /** `file` is its direct path or url. */
  async expireMedia(file: string, how: 'gone' | 'missing' = 'gone'): Promise<void> {
    await this.#request('POST', '/media/expire', { file, how });
  }

  async restoreMedia(file: string): Promise<void> {
    await this.#request('POST', '/media/restore', { file });
  }

  async failMedia(fault: string, options: MediaFaultOptions = {}): Promise<void> {
    await this.#request('POST', '/media/fail', { fault, ...options });
  }

  async healMedia(): Promise<void> {
    await this.#request('POST', '/media/heal');
  }

  /** Reacts to a message; an empty text takes the reaction back. */
  react(number: string, id: string, emoji: string): Promise<{ id: string; timestamp: number }> {
    return this.#request('POST', `/phones/${number}/react`, { id, emoji });
  }

  /** Changes the text of an own message, or the caption of its file. */
  edit(number: string, id: string, text: string): Promise<{ id: string; timestamp: number }> {
    return this.#request('POST', `/phones/${number}/edit`, { id, text });
  }

  /** Deletes an own message for everyone, or somebody else's as an admin of its group. */
  deleteForEveryone(number: string, id: string): Promise<{ id: string; timestamp: number }> {
    return this.#request('POST', `/phones/${number}/delete`, { id });
  }

  /** Votes in a poll: all that is chosen now, by name; nothing takes the vote back. */
  vote(number: string, id: string, options: readonly string[]): Promise<{ id: string; timestamp: number }> {
    return this.#request('POST', `/phones/${number}/vote`, { id, options });
  }

  groups(): Promise<RemoteGroup[]> {
    return this.#request('GET', '/groups');
  }

  /** Founds a group; members are numbers or jids. Write to it with `send(number, group.jid, text)`. */
  createGroup(number: string, subject: string, members: readonly string[]): Promise<RemoteGroup> {
    return this.#request('POST', `/phones/${number}/groups`, { subject, members });
  }

  addToGroup(number: string, group: string, ...members: readonly string[]): Promise<RemoteGroup> {
    return this.#request('POST', `/phones/${number}/groups/add`, { group, members });
  }

  removeFromGroup(number: string, group: string, ...members: readonly string[]): Promise<RemoteGroup> {
    return this.#request('POST', `/phones/${number}/groups/remove`, { group, members });
  }

  promoteInGroup(number: string, group: string, ...members: readonly string[]): Promise<RemoteGroup> {
    return this.#request('POST', `/phones/${number}/groups/promote`, { group, members });
  }

  demoteInGroup(number: string, group: string, ...members: readonly string[]): Promise<RemoteGroup> {
    return this.#request('POST', `/phones/${number}/groups/demote`, { group, members });
  }

  leaveGroup(number: string, group: string): Promise<RemoteGroup> {
    return this.#request('POST', `/phones/${number}/groups/leave`, { group });
  }

  changeGroup(number: string, group: string, change: GroupChange): Promise<RemoteGroup> {
    return this.#request('POST', `/phones/${number}/groups/change`, { group, ...change });
  }

  async inviteCode(number: string, group: string): Promise<string> {
    return (await this.#joins<{ code: string }>(number, 'invite-code', { group })).code;
  }

  async revokeInvite(number: string, group: string): Promise<string> {
    return (await this.#joins<{ code: string }>(number, 'revoke-invite', { group })).code;
  }

  joinByInvite(number: string, code: string): Promise<RemoteGroup> {
    return this.#joins(number, 'join', { code });
  }

  joinByCommunity(number: string, group: string): Promise<RemoteGroup> {
    return this.#joins(number, 'join-community', { group });
  }

  /** Founds a community; write to its `announcements`. */
  createCommunity(number: string, subject: string): Promise<RemoteGroup> {
    return this.#request('POST', `/phones/${number}/communities`, { subject });
  }

  /** Makes a group a part of a community, with all its members. */
  linkGroup(number: string, community: string, group: string): Promise<RemoteGroup> {
    return this.#request('POST', `/phones/${number}/communities/link`, { community, group });
  }

  unlinkGroup(number: string, community: string, group: string): Promise<RemoteGroup> {
    return this.#request('POST', `/phones/${number}/communities/unlink`, { community, group });
  }

  /** Asks the admins to add somebody. */
  askToAdd(number: string, group: string, member: string): Promise<RemoteGroup> {
    return this.#joins(number, 'ask-to-add', { group, member });
  }

  /** Lets in who has asked, or refuses; `withdraw` takes the own request back. */
  answerRequests(
    number: string,
    group: string,
    how: 'approve' | 'reject',
    ...members: readonly string[]
  ): Promise<RemoteGroup> {
    return this.#joins(number, how, { group, members });
  }

  withdrawRequest(number: string, group: string): Promise<RemoteGroup> {
    return this.#joins(number, 'withdraw', { group });
  }

  /** The phone gets another number; its groups are told. */
  changeNumber(number: string, to: string): Promise<RemotePhone> {
    return this.#request('POST', `/phones/${number}/change-number`, { number: to });
  }

  /** Resolves with the first message that fits, present or to come. */
  waitForMessage(number: string, filter: RemoteMessageFilter): Promise<RemoteMessage> {
    return this.#request('POST', `/phones/${number}/wait`, filter);
  }

  /** One message by id, or everything unread from a number. */
  read(number: string, what: { id: string } | { from: string }): Promise<{ read: string[] }> {
    return this.#request('POST', `/phones/${number}/read`, what);
  }

  /** Plays a voice note or a video once. */
  async play(number: string, id: string): Promise<void> {
    await this.#request('POST', `/phones/${number}/play`, { id });
  }

  /** Switches automatic delivery receipts, or confirms one message by id. */
  receipts(number: string, change: { automatic?: boolean; id?: string }): Promise<RemotePhone> {
    return this.#request('POST', `/phones/${number}/receipts`, change);
  }

  async goOffline(number: string): Promise<void> {
    await this.#request('POST', `/phones/${number}/offline`);
  }

  async goOnline(number: string): Promise<void> {
    await this.#request('POST', `/phones/${number}/online`);
  }

  async unlink(number: string, device?: number): Promise<void> {
    await this.#request('POST', `/phones/${number}/unlink`, { device });
  }

  /** Which of what companions ask for the phone answers. */
  answers(
    number: string,
    change: { retries?: boolean; requests?: boolean; mediaRetries?: boolean },
  ): Promise<typeof change> {
    return this.#request('POST', `/phones/${number}/answers`, change);
  }

  /** Whether newly linked companions get the chats so far, and in how large chunks. */
  history(
    number: string,
    change: { shared?: boolean; chunkMessages?: number; onMediaHost?: boolean },
  ): Promise<typeof change> {
    return this.#request('POST', `/phones/${number}/history`, change);
  }

  sendHistory(
    number: string,
    options: {
      chat?: string;
      since?: number;
      device?: number;
      chunkMessages?: number;
      onMediaHost?: boolean;
    } = {},
  ): Promise<{ chunks: number; messages: number }> {
    return this.#request('POST', `/phones/${number}/history/send`, options);
  }

  remember(
    number: string,
    message: RemoteContent & { chat: string; from?: string; fromMe?: boolean; timestamp?: number },
  ): Promise<{ id: string }> {
    return this.#request('POST', `/phones/${number}/history/remember`, message);
  }

  /** How changes of the shared settings reach linked devices. */
  appState(
    number: string,
    change: { onMediaHost?: boolean; snapshotAfter?: number },
  ): Promise<Required<typeof change>> {
    return this.#request('POST', `/phones/${number}/app-state`, change);
  }

  /** `star` and `deleteForMe` are about a message `id`, the others about a `chat`. */
  async setting(
    number: string,
    change: { set: string; chat?: string; id?: string; on?: boolean; untilMs?: number },
  ): Promise<void> {
    await this.#request('POST', `/phones/${number}/settings`, change);
  }

  call(
    number: string,
    to: string,
    options: { video?: boolean; group?: string; notice?: boolean } = {},
  ): Promise<{ id: string }> {
    return this.#request('POST', `/phones/${number}/call`, { to, ...options });
  }

  async endCall(
    number: string,
    id: string,
    how: 'accept' | 'reject' | 'terminate' | 'timeout',
  ): Promise<void> {
    await this.#request('POST', `/phones/${number}/call/end`, { id, how });
  }

  async notify(number: string, what: string, about: string): Promise<void> {
    await this.#request('POST', `/phones/${number}/notify`, { what, about });
  }

  /** Bytes in the stanza are `{ base64 }`. */
  async inject(number: string, stanza: object, options: { queued?: boolean } = {}): Promise<void> {
    await this.#request('POST', '/inject', { number, stanza, ...options });
  }

  loseQueued(
    number: string,
    which: { tag?: string; id?: string; offlineCount?: 'announced' | 'sent' } = {},
  ): Promise<{ lost: { tag: string; id?: string }[] }> {
    return this.#request('POST', '/lose-queued', { number, ...which });
  }

  async disconnect(number: string, kind: string | number): Promise<void> {
    await this.#request('POST', '/disconnect', { number, kind });
  }

  async failLogins(number: string, reason: number): Promise<void> {
    await this.#request('POST', '/fail-logins', { number, reason });
  }

  async allowLogins(number: string): Promise<void> {
    await this.#request('POST', '/allow-logins', { number });
  }

  async stall(number: string, kind: string): Promise<void> {
    await this.#request('POST', '/stall', { number, kind });
  }

  async unstall(number: string): Promise<void> {
    await this.#request('POST', '/unstall', { number });
  }

  async dropAll(): Promise<void> {
    await this.#request('POST', '/drop-all');
  }

  #joins<T = RemoteGroup>(number: string, what: string, body: object): Promise<T> {
    return this.#request('POST', `/phones/${number}/groups/${what}`, body);
  }

  async #request<T>(method: string, path: string, body?: object): Promise<T> {
    return (await (await this.#fetch(method, path, body)).json()) as T;
  }

  async #fetch(method: string, path: string, body?: object): Promise<Response> {
    const request = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${this.#url}${path}`, request);
    if (response.ok) return response;
    const answer = (await response.json()) as { error?: string; message?: string };
    throw new ControlError(answer.error ?? 'internal', answer.message ?? response.statusText);
  }
}
