import type { Device } from '../account.ts';
import { devicesOf, StatusAudience } from '../audience.ts';
import { encryptFor } from '../encrypt-for.ts';
import { findAccount } from '../find-account.ts';
import type { Who } from '../find-account.ts';
import type { Addressing } from '../jid.ts';
import { contentOf, createMessageId, deviceSentContent } from '../message-content.ts';
import type { Content } from '../message-content.ts';
import type { Network } from '../network.ts';
import type { PhoneGroups } from './groups.ts';
import { newlySent } from './messages.ts';
import type { PhoneMessages } from './messages.ts';
import type { SignalDevice } from '../signal/index.ts';
import { messageKind } from '../stanza/message-kind.ts';
import { node } from '../stanza/node.ts';

export interface BroadcastOptions {
  /** A message id of your own choice. */
  id?: string;
  /** Under which kind of name its writer is known to the receivers; `lid` unless said otherwise. */
  addressing?: Addressing;
}

export interface StatusOptions extends BroadcastOptions {
  /** Whom it is for; all contacts when left out. */
  to?: readonly Who[];
}

export interface ListOptions extends BroadcastOptions {
  /** Jid of the list, `<digits>@broadcast`. */
  list?: string;
}

interface BroadcastsDependencies {
  readonly phone: Device & { readonly system: 'android' | 'ios' };
  readonly network: Network;
  readonly signal: SignalDevice;
  readonly messages: PhoneMessages;
  readonly groups: PhoneGroups;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

/** What a handset writes to many at once without a group: its status, and broadcast lists. */
export class PhoneBroadcasts {
  readonly #phone: BroadcastsDependencies['phone'];
  readonly #network: Network;
  readonly #signal: SignalDevice;
  readonly #messages: PhoneMessages;
  readonly #groups: PhoneGroups;
  readonly #checkOnline: () => void;

  constructor({ phone, network, signal, messages, groups, checkOnline }: BroadcastsDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#signal = signal;
    this.#messages = messages;
    this.#groups = groups;
    this.#checkOnline = checkOnline;
  }

  /** Posts a status: one ciphertext for all, with this phone's sender key for the devices that lack it. */
  postStatus(what: Content, { to, ...options }: StatusOptions): { id: string; timestamp: number } {
    this.#checkOnline();
    const contacts =
      to?.map((who) => findAccount(this.#network.directory, who)) ?? this.#phone.account.contacts;
    return this.#groups.send(new StatusAudience(this.#phone.account, contacts), what, options);
  }

  /** Writes to everybody in a list: a ciphertext for each device, as in chats of two. */
  sendToList(to: readonly Who[], what: Content, options: ListOptions): { id: string; timestamp: number } {
    this.#checkOnline();
    const { id = createMessageId(this.#phone.system), addressing = 'lid', list = defaultList } = options;
    const { account } = this.#phone;
    const receivers = to.map((who) => findAccount(this.#network.directory, who));
    const content = contentOf(what);
    const sent = deviceSentContent(list, content);
    const copies = devicesOf([account, ...receivers], account).flatMap((device) => {
      if (device === this.#phone) return [];
      const copy = encryptFor(this.#signal, device, device.account === account ? sent : content);
      return [node('to', { jid: device.account.jid(addressing, device.id) }, [copy])];
    });
    const t = this.#network.now();
    const timestamp = Number(t);
    const sentMessage = { id, to: list, group: list, addressing, timestamp, content };
    this.#messages.put(newlySent(account.number, sentMessage));
    const { type, edit } = messageKind(content);
    this.#network.routeMessage(
      this.#phone,
      node('message', { to: list, id, type, edit, t }, [node('participants', {}, copies)]),
    );
    return { id, timestamp };
  }
}

const defaultList = '1700000000@broadcast';
