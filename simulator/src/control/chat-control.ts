import type { SeenPresence } from '../phone/presence.ts';
import type { ContentKind } from './content-kinds.ts';

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
  posts: { id: string; serverId: number; timestamp: number; reactions: string[]; views: number }[];
}

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

  postToChannel(
    number: string,
    channel: string,
    what: RemoteContent,
  ): Promise<{ id: string; timestamp: number; serverId: number }> {
    return this.#post(`/phones/${number}/channels/post`, { ...what, channel });
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
