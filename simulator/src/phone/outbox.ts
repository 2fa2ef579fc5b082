import type { Account, Device } from '../account.ts';
import type { Addressing } from '../jid.ts';
import { encryptFor } from '../encrypt-for.ts';
import { contentOf, createMessageId, deviceSentContent } from '../message-content.ts';
import type { Content } from '../message-content.ts';
import type { Network } from '../network.ts';
import { newlySent } from './messages.ts';
import type { PhoneMessages } from './messages.ts';
import type { RenewalMark, SessionRenewals } from '../session-renewals.ts';
import { addressOf } from '../signal-address.ts';
import type { SignalDevice } from '../signal/index.ts';
import { SentMessages } from '../sent-messages.ts';
import type { proto, Stanza } from '../stanza/codec.ts';
import { messageKind } from '../stanza/message-kind.ts';
import type { Spoil } from '../spoil.ts';
import { decodeRetryBundle } from '../stanza/key-bundle.ts';
import { child, node } from '../stanza/node.ts';

export interface SendOptions {
  /** Under which kind of name the two know each other in this chat; `lid` unless said otherwise. */
  addressing?: Addressing;
  /** A message id of your own choice. */
  id?: string;
  /** What linked devices get in place of the message, theirs and ours; handsets get the message. */
  spoil?: Spoil;
  /** Whether a device that asks again gets the same instead of the message; false unless said otherwise. */
  spoilAgain?: boolean;
}

/** The handset, as far as its outbox needs it. */
interface Owner extends Device {
  readonly system: 'android' | 'ios';
  readonly answersRetries: boolean;
}

interface OutboxDependencies {
  readonly phone: Owner;
  readonly network: Network;
  readonly signal: SignalDevice;
  readonly renewals: SessionRenewals;
  readonly messages: PhoneMessages;
}

interface NewMessage {
  readonly to: Account;
  readonly addressing: Addressing;
  readonly content: proto.IMessage;
  readonly spoil?: Spoil | undefined;
  readonly spoilAgain?: boolean;
}

interface SentMessage extends NewMessage {
  readonly mark: RenewalMark;
}

/** What a handset sends: one encrypted copy per device, and again on request. */
export class PhoneOutbox {
  readonly #phone: Owner;
  readonly #network: Network;
  readonly #signal: SignalDevice;
  readonly #renewals: SessionRenewals;
  readonly #messages: PhoneMessages;
  readonly #sent = new SentMessages<SentMessage>();

  constructor({ phone, network, signal, renewals, messages }: OutboxDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#signal = signal;
    this.#renewals = renewals;
    this.#messages = messages;
  }

  /** Writes to all devices of the receiver, and to our own companions. */
  send(to: Account, what: Content, options: SendOptions): { id: string; timestamp: number } {
    const {
      addressing = 'lid',
      id = createMessageId(this.#phone.system),
      spoil,
      spoilAgain = false,
    } = options;
    const message = { to, addressing, content: contentOf(what), spoil, spoilAgain };
    const t = this.#network.now();
    const timestamp = Number(t);
    this.#sent.put(id, { ...message, mark: this.#renewals.mark() });
    this.#show(id, timestamp, message);
    const copies = [...this.#copies(message), ...this.#ownCopies(message)];
    const { type, edit } = messageKind(message.content);
    this.#route({ to: to.jid(addressing), id, type, edit, t }, [node('participants', {}, copies)]);
    return { id, timestamp };
  }

  /** Sends one of our companions what only our own devices tell each other: keys, histories, answers. */
  sendPeer(companion: Device, content: proto.IMessage): void {
    const to = this.#phone.account.jid('pn', companion.id);
    const id = createMessageId(this.#phone.system);
    this.#route({ to, id, category: 'peer', type: 'text' }, [encryptFor(this.#signal, companion, content)]);
  }

  /**
   * Answers the retry receipt of a device that could not decrypt. A first request gets the message again in the present
   * session; one that brings keys gets a new session, unless the session is newer than what could not be decrypted.
   */
  sendAgain(receipt: Stanza): void {
    const { id = '', from, recipient } = receipt.attrs;
    const device = this.#network.directory.device(from);
    const sent = this.#sent.find(id);
    if (!device || !sent || !this.#phone.answersRetries) return;
    const bundle = decodeRetryBundle(receipt);
    this.#renewals.renew(addressOf(device), sent.mark, bundle);
    const isOwn = device.account === this.#phone.account;
    const content = isOwn ? deviceSentContent(sent.to.jid(sent.addressing), sent.content) : sent.content;
    const count = child(receipt, 'retry')?.attrs['count'] ?? '1';
    const encrypt = () => encryptFor(this.#signal, device, content, { count, bundle });
    const copy = sent.spoilAgain && sent.spoil ? sent.spoil(encrypt) : [encrypt()];
    const { type, edit } = messageKind(sent.content);
    this.#route({ to: from, id, type, edit, recipient: isOwn ? recipient : undefined }, copy);
  }

  #route(attributes: Record<string, string | undefined>, content: Stanza[]): void {
    this.#network.routeMessage(this.#phone, node('message', attributes, content));
  }

  #copies(message: NewMessage): Stanza[] {
    const { to } = message;
    if (to === this.#phone.account) return [];
    const devices = [...to.devices.values()];
    return devices.map((device) => this.#copy(device, message, message.content));
  }

  #ownCopies(message: NewMessage): Stanza[] {
    const sent = deviceSentContent(message.to.jid(message.addressing), message.content);
    const companions = [...this.#phone.account.devices.values()].filter((device) => device !== this.#phone);
    return companions.map((device) => this.#copy(device, message, sent));
  }

  #copy(device: Device, { addressing, spoil }: NewMessage, content: proto.IMessage): Stanza {
    const encrypt = () => encryptFor(this.#signal, device, content);
    const copy = spoil && device.id !== 0 ? spoil(encrypt) : [encrypt()];
    return node('to', { jid: device.account.jid(addressing, device.id) }, copy);
  }

  #show(id: string, timestamp: number, { to, addressing, content }: NewMessage): void {
    const sent = { id, to: to.number, addressing, timestamp, content };
    this.#messages.put(newlySent(this.#phone.account.number, sent));
  }
}
