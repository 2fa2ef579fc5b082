import type { Device } from '../account.ts';
import type { Audience } from '../audience.ts';
import { confirmations } from '../group/confirmations.ts';
import { Group } from '../group/group.ts';
import { encryptFor } from '../encrypt-for.ts';
import { contentOf, createMessageId, encodeContent } from '../message-content.ts';
import type { Content } from '../message-content.ts';
import type { Addressing } from '../jid.ts';
import type { Network } from '../network.ts';
import { newlySent } from './messages.ts';
import type { PhoneMessages } from './messages.ts';
import type { RenewalMark, SessionRenewals } from '../session-renewals.ts';
import { addressOf } from '../signal-address.ts';
import type { SenderKeys, SignalDevice } from '../signal/index.ts';
import { SentMessages } from '../sent-messages.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { proto, Stanza } from '../stanza/codec.ts';
import { groupRefusal } from '../stanza/group-message.ts';
import { messageKind } from '../stanza/message-kind.ts';
import { decodeRetryBundle } from '../stanza/key-bundle.ts';
import { child, node } from '../stanza/node.ts';

/** The handset, as far as its outbox needs it. */
interface Owner extends Device {
  readonly system: 'android' | 'ios';
  readonly answersRetries: boolean;
}

interface OutboxDependencies {
  readonly phone: Owner;
  readonly network: Network;
  readonly signal: SignalDevice;
  readonly senderKeys: SenderKeys;
  readonly renewals: SessionRenewals;
  readonly messages: PhoneMessages;
}

interface SentMessage {
  readonly group: Audience;
  readonly addressing: Addressing;
  readonly content: proto.IMessage;
  readonly mark: RenewalMark;
}

/** What a handset sends to groups: one ciphertext for all, its sender key for who lacks it, and copies on request. */
export class PhoneGroupOutbox {
  readonly #phone: Owner;
  readonly #network: Network;
  readonly #signal: SignalDevice;
  readonly #senderKeys: SenderKeys;
  readonly #renewals: SessionRenewals;
  readonly #messages: PhoneMessages;
  readonly #sent = new SentMessages<SentMessage>();
  /** Which devices have our present sender key of a group, and under which of our names: clients keep it under that. */
  readonly #holders = new Map<string, { readonly devices: Set<Device>; readonly addressing: Addressing }>();

  constructor({ phone, network, signal, senderKeys, renewals, messages }: OutboxDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#signal = signal;
    this.#senderKeys = senderKeys;
    this.#renewals = renewals;
    this.#messages = messages;
  }

  /** Writes to all devices of all members, our own companions among them. Throws `not_a_member`, `not_an_admin`. */
  send(
    group: Audience,
    what: Content,
    options: { id?: string; addressing?: Addressing },
  ): { id: string; timestamp: number } {
    if (group instanceof Group) this.#checkAllowed(group);
    const usual = group instanceof Group ? group.addressing : 'lid';
    const { id = createMessageId(this.#phone.system), addressing = usual } = options;
    const content = contentOf(what);
    const t = this.#network.now();
    const timestamp = Number(t);
    this.#sent.put(id, { group, addressing, content, mark: this.#renewals.mark() });
    this.#show(id, timestamp, group, addressing, content);
    const to = this.#receivers(group, addressing);
    const ciphertext = this.#senderKeys.encrypt(group.jid, encodeContent(content));
    const { type, edit, mediatype } = messageKind(content);
    this.#route({ to: group.jid, id, type, edit, t, addressing_mode: addressing }, [
      ...(to.length === 0 ? [] : [node('participants', {}, to)]),
      node('enc', { v: '2', type: 'skmsg', mediatype }, ciphertext),
    ]);
    return { id, timestamp };
  }

  /**
   * Answers the retry receipt of a member's device: the message for this device alone, with our sender key for the next
   * ones. One that brings keys gets a new session, unless the session is newer than what could not be decrypted.
   */
  sendAgain(receipt: Stanza): void {
    const { id = '', participant } = receipt.attrs;
    const device = this.#network.directory.device(participant);
    const sent = this.#sent.find(id);
    if (!device || !sent?.group.has(device.account) || !this.#phone.answersRetries) return;
    const { group, content, mark } = sent;
    const bundle = decodeRetryBundle(receipt);
    this.#renewals.renew(addressOf(device), mark, bundle);
    const count = child(receipt, 'retry')?.attrs['count'] ?? '1';
    const enc = encryptFor(
      this.#signal,
      device,
      { ...content, ...this.#keyContent(group) },
      { count, bundle },
    );
    this.#holdersOf(group, sent.addressing).add(device);
    const { type, edit } = messageKind(content);
    this.#route({ to: group.jid, participant, id, type, edit, addressing_mode: sent.addressing }, [enc]);
  }

  #checkAllowed(group: Group): void {
    if (groupRefusal(this.#network, this.#phone, group.jid) === undefined) return;
    throw group.has(this.#phone.account)
      ? new SimulatorError('not_an_admin', `Only admins may write to the group ${group.jid}.`)
      : new SimulatorError('not_a_member', `This phone is no member of the group ${group.jid}.`);
  }

  /**
   * `<to>` with our sender key for each device that does not have it. Who has left must not read on: then all get a new one.
   * Only a group's members are known to the server: of a status it is told everybody.
   */
  #receivers(group: Audience, addressing: Addressing): Stanza[] {
    const devices = group.devices(this.#phone.account).filter((device) => device !== this.#phone);
    const holders = this.#holdersOf(group, addressing);
    if ([...holders].some((holder) => !devices.includes(holder))) {
      holders.clear();
      this.#senderKeys.renew(group.jid);
    }
    const newcomers = devices.filter((device) => !holders.has(device));
    const key = newcomers.length === 0 ? {} : this.#keyContent(group);
    return (group instanceof Group ? newcomers : devices).map((device) => {
      const copy = holders.has(device) ? [] : [encryptFor(this.#signal, device, key)];
      holders.add(device);
      return node('to', { jid: device.account.jid(addressing, device.id) }, copy);
    });
  }

  #holdersOf({ jid }: Audience, addressing: Addressing): Set<Device> {
    const known = this.#holders.get(jid);
    if (known?.addressing === addressing) return known.devices;
    const devices = new Set<Device>();
    this.#holders.set(jid, { devices, addressing });
    return devices;
  }

  #keyContent({ jid }: Audience): proto.IMessage {
    const axolotlSenderKeyDistributionMessage = this.#senderKeys.distribution(jid);
    return { senderKeyDistributionMessage: { groupId: jid, axolotlSenderKeyDistributionMessage } };
  }

  #route(attributes: Record<string, string | undefined>, content: Stanza[]): void {
    this.#network.routeMessage(this.#phone, node('message', attributes, content));
  }

  #show(
    id: string,
    timestamp: number,
    group: Audience,
    addressing: Addressing,
    content: proto.IMessage,
  ): void {
    const { account } = this.#phone;
    const places = { to: group.jid, group: group.jid, confirmations: confirmations(group, account) };
    this.#messages.put(newlySent(account.number, { id, addressing, timestamp, content, ...places }));
  }
}
