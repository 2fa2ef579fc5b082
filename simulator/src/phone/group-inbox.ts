import { idsOf } from '../acknowledgement.ts';
import type { Device } from '../account.ts';
import { askAgain } from '../ask-again.ts';
import { confirmations, leastOf, withConfirmation } from '../group/confirmations.ts';
import { parseJid } from '../jid.ts';
import { decodeContent, textOfContent } from '../message-content.ts';
import type { Network } from '../network.ts';
import type { PhoneMessage, PhoneMessages } from './messages.ts';
import { deliveryReceipt } from './receipts.ts';
import { addressOf } from '../signal-address.ts';
import type { SenderKeys, SignalDevice } from '../signal/index.ts';
import type { proto, Stanza } from '../stanza/codec.ts';
import { bytesOf, children } from '../stanza/node.ts';

/** The handset, as far as its inbox needs it. */
interface Owner extends Device {
  readonly autoReceipts: boolean;
}

interface InboxDependencies {
  readonly phone: Owner;
  readonly network: Network;
  readonly signal: SignalDevice;
  readonly senderKeys: SenderKeys;
  readonly messages: PhoneMessages;
}

/** What a handset does with what arrives from groups: take sender keys, decrypt, show, confirm, ask again. */
export class PhoneGroupInbox {
  readonly #phone: Owner;
  readonly #network: Network;
  readonly #signal: SignalDevice;
  readonly #senderKeys: SenderKeys;
  readonly #messages: PhoneMessages;

  constructor({ phone, network, signal, senderKeys, messages }: InboxDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#signal = signal;
    this.#senderKeys = senderKeys;
    this.#messages = messages;
  }

  takeMessage(stanza: Stanza): void {
    const sender = this.#network.directory.device(stanza.attrs['participant']);
    if (!sender) return;
    const content = this.#decrypt(sender, stanza);
    if (!content) return this.#askAgain(sender, stanza);
    const message = this.#messages.put(this.#read(sender, stanza, content));
    if (!this.#phone.autoReceipts) return;
    this.#network.routeReceipt(
      this.#phone,
      deliveryReceipt(this.#network.directory, this.#phone.account, message),
    );
  }

  takeReceipt(receipt: Stanza): void {
    const { type = '', participant, recipient } = receipt.attrs;
    if (type === 'sender' || type === 'inactive') return;
    const status = type === '' ? 'delivered' : 'read';
    const reader = this.#network.directory.withJid(participant);
    const isOwn = reader === this.#phone.account;
    const writer = isOwn ? this.#network.directory.withJid(recipient) : this.#phone.account;
    if (!reader || !writer) return;
    for (const id of idsOf(receipt)) {
      const message = this.#messages.find(writer.number, id);
      if (!message) continue;
      if (!isOwn) message.confirmations = withConfirmation(message.confirmations, reader.number, status);
      this.#messages.advance(message, isOwn ? status : leastOf(message.confirmations));
    }
  }

  /** What the stanza says; undefined when that cannot be decrypted. The sender's key, if it is there, comes before it. */
  #decrypt(sender: Device, stanza: Stanza): proto.IMessage | undefined {
    return children(stanza, 'enc')
      .map((enc) => this.#open(sender, stanza, enc))
      .at(-1);
  }

  #open(sender: Device, { attrs }: Stanza, enc: Stanza): proto.IMessage | undefined {
    const { type } = enc.attrs;
    const bytes = bytesOf(enc) ?? new Uint8Array();
    const group = attrs['from'] ?? '';
    const address = addressOf(sender);
    try {
      if (type === 'skmsg') return decodeContent(this.#senderKeys.decrypt(group, address, bytes));
      if (type !== 'pkmsg' && type !== 'msg') return undefined;
      const outer = decodeContent(this.#signal.decrypt(address, type, bytes));
      const content = outer.deviceSentMessage?.message ?? outer;
      const key = content.senderKeyDistributionMessage?.axolotlSenderKeyDistributionMessage;
      if (key) this.#senderKeys.accept(group, address, key);
      return content;
    } catch {
      return undefined;
    }
  }

  #read(sender: Device, stanza: Stanza, content: proto.IMessage): PhoneMessage {
    const fromMe = sender.account === this.#phone.account;
    const { id = '', from = '' } = stanza.attrs;
    const known = this.#messages.find(sender.account.number, id);
    const group = this.#network.groups.find(from);
    return {
      ...this.#envelope(sender, stanza),
      text: textOfContent(content),
      content,
      // A sender may send to everybody again because one member has asked for it.
      status: known && known.status !== 'undecryptable' ? known.status : fromMe ? 'sent' : 'received',
      failedDecryptions: known?.failedDecryptions ?? 0,
      ...(fromMe && group && { confirmations: known?.confirmations ?? confirmations(group, sender.account) }),
    };
  }

  #askAgain(sender: Device, stanza: Stanza): void {
    const parts = { phone: this.#phone, network: this.#network, messages: this.#messages };
    const { from, participant } = stanza.attrs;
    askAgain(parts, stanza, this.#envelope(sender, stanza), { to: from, participant });
  }

  #envelope(sender: Device, { attrs: { id = '', from = '', participant, t } }: Stanza) {
    const fromMe = sender.account === this.#phone.account;
    const { number } = sender.account;
    return {
      id,
      from: number,
      to: from,
      group: from,
      fromMe,
      device: sender.id,
      addressing: parseJid(participant)?.addressing ?? 'lid',
      timestamp: Number(t),
    } as const;
  }
}
