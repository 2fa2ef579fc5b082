import { idsOf } from '../acknowledgement.ts';
import { Account } from '../account.ts';
import type { Device } from '../account.ts';
import { askAgain } from '../ask-again.ts';
import { isGroupJid, parseJid } from '../jid.ts';
import { decodeContent, textOfContent } from '../message-content.ts';
import type { Network } from '../network.ts';
import type { PhoneMessage, PhoneMessages } from './messages.ts';
import { deliveryReceipt, readReceipt } from './receipts.ts';
import type { SignalDevice } from '../signal/index.ts';
import { addressOf } from '../signal-address.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { proto, Stanza } from '../stanza/codec.ts';
import { bytesOf, child } from '../stanza/node.ts';

/** The handset, as far as its inbox needs it. */
interface Owner extends Device {
  readonly autoReceipts: boolean;
}

interface InboxDependencies {
  readonly phone: Owner;
  readonly network: Network;
  readonly signal: SignalDevice;
  readonly messages: PhoneMessages;
  /** Hears what our own devices tell only each other. */
  readonly onPeerMessage: (sender: Device, stanzaId: string, content: proto.IMessage) => void;
}

/** What a handset does with what arrives: decrypt, show, confirm, ask again. */
export class PhoneInbox {
  readonly #phone: Owner;
  readonly #network: Network;
  readonly #signal: SignalDevice;
  readonly #messages: PhoneMessages;
  readonly #onPeerMessage: InboxDependencies['onPeerMessage'];

  constructor({ phone, network, signal, messages, onPeerMessage }: InboxDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#signal = signal;
    this.#messages = messages;
    this.#onPeerMessage = onPeerMessage;
  }

  takeMessage(stanza: Stanza): void {
    const sender = this.#network.directory.device(stanza.attrs['from']);
    if (!sender) return;
    const content = this.#decrypt(sender, stanza);
    if (!content) return this.#askAgain(sender, stanza);
    if (stanza.attrs['category'] === 'peer')
      return this.#onPeerMessage(sender, stanza.attrs['id'] ?? '', content);
    const message = this.#messages.put(this.#read(sender, stanza, content));
    if (this.#phone.autoReceipts) this.#sendDelivered(message);
  }

  takeReceipt(receipt: Stanza): void {
    const { type = '', from, recipient } = receipt.attrs;
    const status = type === 'read' || type === 'played' || type === 'read-self' ? 'read' : 'delivered';
    if (type === 'sender' || type === 'inactive') return;
    const isOwn = this.#network.directory.withJid(from) === this.#phone.account;
    const writer = isOwn ? this.#network.directory.withJid(recipient) : this.#phone.account;
    for (const id of writer ? idsOf(receipt) : []) {
      const message = this.#messages.find(writer?.number ?? '', id);
      if (message) this.#messages.advance(message, status);
    }
  }

  /** Reads one message by id, or all of a chat, which is an account or the jid of a group. */
  read(what: Account | string): string[] {
    const isChat = what instanceof Account || isGroupJid(what);
    const messages = isChat ? this.#unreadOf(what) : [this.#received(what)];
    for (const message of messages) {
      this.#messages.advance(message, 'read');
      const receipt = readReceipt(this.#network.directory, message, this.#network.now());
      this.#network.routeReceipt(this.#phone, receipt);
    }
    return messages.map((message) => message.id);
  }

  confirm(id: string): void {
    this.#sendDelivered(this.#received(id));
  }

  #decrypt(sender: Device, stanza: Stanza): proto.IMessage | undefined {
    const enc = child(stanza, 'enc');
    const type = enc?.attrs['type'];
    const bytes = bytesOf(enc);
    if (!bytes || (type !== 'pkmsg' && type !== 'msg')) return undefined;
    try {
      return decodeContent(this.#signal.decrypt(addressOf(sender), type, bytes));
    } catch {
      return undefined;
    }
  }

  #read(sender: Device, stanza: Stanza, outer: proto.IMessage): PhoneMessage {
    const sent = outer.deviceSentMessage;
    const content = sent?.message ?? outer;
    const fromMe = sender.account === this.#phone.account;
    const chat = this.#network.directory.withJid(sent?.destinationJid ?? undefined);
    const known = this.#messages.find(sender.account.number, stanza.attrs['id'] ?? '');
    return {
      ...this.#envelope(sender, stanza),
      to: fromMe ? (chat?.number ?? '') : this.#phone.account.number,
      text: textOfContent(content),
      content,
      status: fromMe ? 'sent' : 'received',
      failedDecryptions: known?.failedDecryptions ?? 0,
    };
  }

  #askAgain(sender: Device, stanza: Stanza): void {
    const parts = { phone: this.#phone, network: this.#network, messages: this.#messages };
    const envelope = { ...this.#envelope(sender, stanza), to: this.#phone.account.number };
    const { from, recipient } = stanza.attrs;
    askAgain(parts, stanza, envelope, { to: from, recipient });
  }

  #envelope(sender: Device, stanza: Stanza) {
    const { id = '', from, t } = stanza.attrs;
    const fromMe = sender.account === this.#phone.account;
    const addressing = parseJid(from)?.addressing ?? 'lid';
    return {
      id,
      from: sender.account.number,
      fromMe,
      device: sender.id,
      addressing,
      timestamp: Number(t),
    } as const;
  }

  /** Plays a voice note: the writer gets a receipt for that, whether it was read before or not. */
  play(id: string): void {
    const message = this.#received(id);
    const receipt = readReceipt(this.#network.directory, message, this.#network.now(), 'played');
    this.#network.routeReceipt(this.#phone, receipt);
  }

  #sendDelivered(message: PhoneMessage): void {
    const receipt = deliveryReceipt(this.#network.directory, this.#phone.account, message);
    this.#network.routeReceipt(this.#phone, receipt);
  }

  #received(id: string): PhoneMessage {
    const message = this.#messages.findById(id);
    if (message && !message.fromMe) return message;
    throw new SimulatorError('unknown_message', `This phone has received no message ${id}.`);
  }

  #unreadOf(chat: Account | string): PhoneMessage[] {
    const isThere = (message: PhoneMessage) =>
      chat instanceof Account
        ? message.from === chat.number && message.group === undefined
        : message.group === chat;
    return this.#messages
      .all()
      .filter((message) => !message.fromMe && message.status === 'received' && isThere(message));
  }
}
