import type { SeenPresence } from '../phone/presence.ts';
import type { ContentKind } from './content-kinds.ts';
import type { MediaSummary, RemoteMedia } from './media-routes.ts';

/** A message of any kind: its `kind`, and the fields of that; `{ kind: 'location', latitude: 52.5, longitude: 13.4 }`. */
export interface RemoteContent {
  /** `text` when left out. */
  readonly kind?: ContentKind;
  /** Id of a message that it answers. */
  readonly reply?: string;
  /** Numbers or jids. */
  readonly mentions?: readonly string[];
  readonly forwarded?: number;
  /** Seconds until it vanishes. */
  readonly disappears?: number;
  readonly viewOnce?: boolean;
  readonly [field: string]: unknown;
}

/** A channel as the control API describes it. */
export interface RemoteChannel {
  jid: string;
  name: string;
  description: string;
  owner: string;
  followers: string[];
  posts: RemotePost[];
}

/** A post of a channel. `reactions` and `votes` have one entry for each person; a deleted one says nothing any more. */
export interface RemotePost {
  id: string;
  serverId: number;
  timestamp: number;
  text?: string;
  media?: MediaSummary;
  isEdited: boolean;
  isDeleted: boolean;
  reactions: string[];
  votes: string[];
  views: number;
}

type Posted = Promise<{ id: string; timestamp: number; serverId: number }>;

type Sent = Promise<{ id: string; timestamp: number }>;

/** The verbs beside messages of two and groups: status, broadcast lists, channels, typing, profiles, blocking. */
export class ChatControl {
  readonly #post: <T>(path: string, body: object) => Promise<T>;
  readonly #get: <T>(path: string) => Promise<T>;

  constructor(request: <T>(method: string, path: string, body?: object) => Promise<T>) {
    this.#post = (path, body) => request('POST', path, body);
    this.#get = (path) => request('GET', path);
  }

  async addContacts(number: string, ...contacts: readonly string[]): Promise<void> {
    await this.#post(`/phones/${number}/contacts`, { contacts });
  }

  /** For all contacts, or for those in `to`. */
  postStatus(number: string, what: RemoteContent, to?: readonly string[]): Sent {
    return this.#post(`/phones/${number}/status`, { ...what, to });
  }

  sendToList(number: string, to: readonly string[], what: RemoteContent): Sent {
    return this.#post(`/phones/${number}/list`, { ...what, to });
  }

  channels(): Promise<RemoteChannel[]> {
    return this.#get('/channels');
  }

  createChannel(number: string, name: string, description?: string): Promise<{ jid: string; name: string }> {
    return this.#post(`/phones/${number}/channels`, { name, description });
  }

  async follow(number: string, channel: string): Promise<void> {
    await this.#post(`/phones/${number}/channels/follow`, { channel });
  }

  async unfollow(number: string, channel: string): Promise<void> {
    await this.#post(`/phones/${number}/channels/unfollow`, { channel });
  }

  postToChannel(number: string, channel: string, what: RemoteContent): Posted {
    return this.#post(`/phones/${number}/channels/post`, { ...what, channel });
  }

  /** A file, not encrypted. */
  postMediaToChannel(number: string, channel: string, media: RemoteMedia): Posted {
    return this.#post(`/phones/${number}/channels/post-media`, { ...media, channel });
  }

  /** Changes the text of a post, or the caption of its file. */
  async editInChannel(number: string, channel: string, serverId: number, text: string): Promise<void> {
    await this.#post(`/phones/${number}/channels/edit`, { channel, serverId, text });
  }

  /** Deletes a post for everyone. */
  async deleteInChannel(number: string, channel: string, serverId: number): Promise<void> {
    await this.#post(`/phones/${number}/channels/delete`, { channel, serverId });
  }

  /** All that is chosen now, by name. */
  async voteInChannel(
    number: string,
    channel: string,
    serverId: number,
    options: readonly string[],
  ): Promise<void> {
    await this.#post(`/phones/${number}/channels/vote`, { channel, serverId, options });
  }

  /** An empty emoji takes the reaction back. */
  async reactInChannel(number: string, channel: string, serverId: number, emoji: string): Promise<void> {
    await this.#post(`/phones/${number}/channels/react`, { channel, serverId, emoji });
  }

  async viewInChannel(number: string, channel: string, serverId: number): Promise<void> {
    await this.#post(`/phones/${number}/channels/view`, { channel, serverId });
  }

  async show(number: string, online: boolean): Promise<void> {
    await this.#post(`/phones/${number}/presence`, { online });
  }

  /** In a chat: a number, a jid or a group's jid. */
  async act(number: string, to: string, is: 'typing' | 'recording' | 'paused'): Promise<void> {
    await this.#post(`/phones/${number}/presence`, { to, is });
  }

  async subscribe(number: string, subscribe: string): Promise<void> {
    await this.#post(`/phones/${number}/presence`, { subscribe });
  }

  /** What the phone has heard of somebody. */
  presence(number: string, of: string): Promise<Partial<SeenPresence>> {
    return this.#get(`/phones/${number}/presence?of=${encodeURIComponent(of)}`);
  }

  /** `picture` is a JPEG in base64; an empty text removes it, as it does the `about`. */
  async changeProfile(
    number: string,
    change: { name?: string; about?: string; picture?: string },
  ): Promise<void> {
    await this.#post(`/phones/${number}/profile`, change);
  }

  profile(number: string): Promise<{ name: string; about: string; hasPicture: boolean; blocked: string[] }> {
    return this.#get(`/phones/${number}/profile`);
  }

  async block(number: string, who: string, on = true): Promise<void> {
    await this.#post(`/phones/${number}/block`, { who, on });
  }
}
