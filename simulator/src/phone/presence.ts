import { EventEmitter } from 'node:events';
import type { Account, Device } from '../account.ts';
import { findAccount } from '../find-account.ts';
import type { Who } from '../find-account.ts';
import { isGroupJid } from '../jid.ts';
import type { Addressing } from '../jid.ts';
import type { Network } from '../network.ts';
import type { Activity } from '../presences.ts';
import type { Stanza } from '../stanza/codec.ts';
import { elements } from '../stanza/node.ts';

/** What a handset has heard of somebody. */
export interface SeenPresence {
  /** Undefined before anything was heard; only after `subscribe`. */
  readonly isOnline: boolean | undefined;
  /** Seconds since 1970. */
  readonly lastSeen: number | undefined;
  /** What was heard last: in the chat of two, or in a group. */
  readonly activity: Activity | undefined;
}

interface PresenceDependencies {
  readonly phone: Device;
  readonly network: Network;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

/** Whether a handset is online and what it types, and what it hears of others. A chat is a phone, number, jid or group. */
export class PhonePresence {
  readonly #phone: Device;
  readonly #network: Network;
  readonly #checkOnline: () => void;
  readonly #seen = new Map<Account, SeenPresence>();
  readonly #news = new EventEmitter<{ news: [] }>();

  constructor({ phone, network, checkOnline }: PresenceDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#checkOnline = checkOnline;
    this.#news.setMaxListeners(0);
  }

  /** WhatsApp is open on the handset, or not any more. */
  show(isOnline = true): void {
    this.#checkOnline();
    this.#network.presences.show(this.#phone, isOnline);
  }

  type(chat: Who | { readonly jid: string }, addressing?: Addressing): void {
    this.#act(chat, 'composing', addressing);
  }

  /** Records a voice note. */
  record(chat: Who | { readonly jid: string }, addressing?: Addressing): void {
    this.#act(chat, 'recording', addressing);
  }

  /** Stops typing or recording. */
  pause(chat: Who | { readonly jid: string }, addressing?: Addressing): void {
    this.#act(chat, 'paused', addressing);
  }

  /** Wants to hear when somebody comes and goes. Throws `unknown_phone`. */
  subscribe(who: Who): void {
    this.#checkOnline();
    const account = findAccount(this.#network.directory, who);
    this.#network.presences.subscribe(this.#phone, account.jid('lid'));
  }

  /** What was heard of somebody. Throws `unknown_phone`. */
  of(who: Who): SeenPresence {
    return this.#seen.get(findAccount(this.#network.directory, who)) ?? nothingSeen;
  }

  /** Resolves once what was heard of somebody fits, now or later. Throws `unknown_phone`. */
  async waitFor(who: Who, fits: (seen: SeenPresence) => boolean): Promise<SeenPresence> {
    while (!fits(this.of(who))) await new Promise<void>((resolve) => this.#news.once('news', resolve));
    return this.of(who);
  }

  /** Takes what the server tells of others. */
  take({ tag, attrs, ...stanza }: Stanza): void {
    const account = this.#network.directory.withJid(attrs['participant'] ?? attrs['from']);
    if (!account) return;
    const known = this.#seen.get(account) ?? nothingSeen;
    this.#seen.set(
      account,
      tag === 'presence' ? presenceOf(known, attrs) : activityOf(known, { tag, attrs, ...stanza }),
    );
    this.#news.emit('news');
  }

  #act(chat: Who | { readonly jid: string }, activity: Activity, addressing: Addressing = 'lid'): void {
    this.#checkOnline();
    this.#network.presences.act(this.#phone, this.#jidOf(chat, addressing), activity);
  }

  #jidOf(chat: Who | { readonly jid: string }, addressing: Addressing): string {
    if (typeof chat === 'string') {
      if (isGroupJid(chat)) return this.#network.groups.get(chat).jid;
      return findAccount(this.#network.directory, chat).jid(addressing);
    }
    return 'account' in chat ? chat.account.jid(addressing) : chat.jid;
  }
}

const nothingSeen: SeenPresence = { isOnline: undefined, lastSeen: undefined, activity: undefined };

function presenceOf(known: SeenPresence, { type, last }: Stanza['attrs']): SeenPresence {
  const lastSeen = last === undefined || last === 'deny' ? known.lastSeen : Number(last);
  return { ...known, isOnline: type !== 'unavailable', lastSeen };
}

function activityOf(known: SeenPresence, stanza: Stanza): SeenPresence {
  const [what] = elements(stanza);
  if (what?.tag === 'paused') return { ...known, activity: 'paused' };
  return { ...known, activity: what?.attrs['media'] === 'audio' ? 'recording' : 'composing' };
}
