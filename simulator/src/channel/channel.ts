import { randomInt } from 'node:crypto';
import type { Account, Device } from '../account.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { proto } from '../stanza/codec.ts';

/** One post of a channel. */
export interface ChannelPost {
  readonly id: string;
  /** The channel's own number of it: reactions, votes and views name it by that. */
  readonly serverId: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** What it says now; nothing once it is deleted. */
  content: proto.IMessage;
  /** Milliseconds since 1970; missing before the first edit. */
  editedAtMs?: number;
  /** Seconds since 1970; missing while it is there. */
  deletedAt?: number;
  /** By account. */
  readonly reactions: Map<Account, string>;
  /** Of a poll: the names of the chosen options, by account. */
  readonly votes: Map<Account, readonly string[]>;
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
  /** The clients that look at it, each with when that ends, in milliseconds since 1970: they hear of its counts. */
  readonly watchers = new Map<Device, number>();
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
    const post = {
      id,
      serverId: this.#firstServerId + this.posts.length,
      timestamp: Math.floor(Date.now() / 1000),
      content,
      reactions: new Map<Account, string>(),
      votes: new Map<Account, readonly string[]>(),
      viewers: new Set<Account>(),
    };
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
