import type { Account, Device } from '../account.ts';
import { edit, editedContent } from '../content/edit.ts';
import type { EditForm } from '../content/edit.ts';
import type { SecretFacts } from '../content/message-secret.ts';
import { reaction } from '../content/reaction.ts';
import { revoke } from '../content/revoke.ts';
import { optionsOf, vote } from '../content/vote.ts';
import type { Content } from '../message-content.ts';
import { isBroadcastJid } from '../jid.ts';
import type { Network } from '../network.ts';
import type { PhoneMessage, PhoneMessages } from './messages.ts';
import type { SendOptions } from './outbox.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { proto } from '../stanza/codec.ts';
import { chatNameOf } from '../web-message.ts';

/** A message of this phone: itself, what `send` gave, or its id. */
export type Which = { readonly id: string } | string;

/** A broadcast has no members: who gets something is named each time, so it cannot follow from the message. */
const broadcastsNeedReceivers =
  'This is a status or came by a broadcast list: write what you say about it as a content, to the status, the list or its sender.';

interface ChangesDependencies {
  readonly phone: Device;
  readonly network: Network;
  readonly messages: PhoneMessages;
  /** Writes to a number or the jid of a group. */
  readonly send: (to: string, what: Content, options: SendOptions) => Promise<Sent>;
}

export interface Sent {
  readonly id: string;
  readonly timestamp: number;
}

/** What a handset says about messages that it has. Everything goes to the chat of the message, under its addressing. */
export class PhoneChanges {
  readonly #account: Account;
  readonly #network: Network;
  readonly #messages: PhoneMessages;
  readonly #send: ChangesDependencies['send'];

  constructor({ phone, network, messages, send }: ChangesDependencies) {
    this.#account = phone.account;
    this.#network = network;
    this.#messages = messages;
    this.#send = send;
  }

  react(which: Which, emoji: string, options: SendOptions): Promise<Sent> {
    const message = this.#message(which);
    return this.#say(message, reaction(this.keyOf(message), emoji), options);
  }

  /** Throws `invalid_request` for somebody else's message. */
  edit(which: Which, text: string, { form, ...options }: SendOptions & { form?: EditForm }): Promise<Sent> {
    const message = this.#message(which);
    if (!message.fromMe) throw new SimulatorError('invalid_request', 'Only own messages can be edited.');
    const form_ = form === undefined ? {} : { form };
    return this.#say(
      message,
      edit(this.keyOf(message), editedContent(message.content, text), form_),
      options,
    );
  }

  /** Throws `not_an_admin` for somebody else's message, unless this phone is an admin of its group. */
  delete(which: Which, options: SendOptions): Promise<Sent> {
    const message = this.#message(which);
    const group = this.#network.groups.find(message.group);
    if (!message.fromMe && group?.isAdmin(this.#account) !== true)
      throw new SimulatorError('not_an_admin', 'Only admins of a group may delete what others wrote.');
    return this.#say(message, revoke(this.keyOf(message)), options);
  }

  /** Throws `invalid_request` for what is no poll, or has no such option. */
  vote(which: Which, names: readonly string[], options: SendOptions): Promise<Sent> {
    const message = this.#message(which);
    const known = optionsOf(message.content);
    const unknown = names.find((name) => known?.includes(name) !== true);
    if (known === undefined || unknown !== undefined)
      throw new SimulatorError(
        'invalid_request',
        known === undefined ? 'That message is no poll.' : `The poll has no option "${unknown}".`,
      );
    return this.#say(message, vote(this.keyOf(message), names, this.secretOf(message)), options);
  }

  /** The key of a message as this phone sees it. */
  keyOf(which: Which): proto.IMessageKey {
    const { id, fromMe, group, addressing, from, ...message } = this.#message(which);
    const { directory } = this.#network;
    const writer = directory.withNumber(from)?.jid(addressing) ?? null;
    if (group !== undefined) return { remoteJid: group, fromMe, id, participant: writer };
    const chat = directory.withNumber(fromMe ? message.to : from);
    return { remoteJid: chat?.jid(addressing) ?? null, fromMe, id };
  }

  /** What encrypts that which this phone says about a message. Throws `invalid_request` when it has no secret. */
  secretOf(which: Which): Omit<SecretFacts, 'use'> {
    const { id, from, addressing, content } = this.#message(which);
    const secret = content?.messageContextInfo?.messageSecret;
    const writer = this.#network.directory.withNumber(from);
    if (!secret || !writer) throw new SimulatorError('invalid_request', 'That message has no secret.');
    const senderJid = this.#account.jid(addressing);
    return { secret, messageId: id, writerJid: writer.jid(addressing), senderJid };
  }

  #say(message: PhoneMessage, content: proto.IMessage, options: SendOptions): Promise<Sent> {
    const { addressing } = message;
    const chat = chatNameOf(message);
    if (isBroadcastJid(chat)) throw new SimulatorError('invalid_request', broadcastsNeedReceivers);
    return this.#send(chat, content, { addressing, ...options });
  }

  #message(which: Which): PhoneMessage {
    const id = typeof which === 'string' ? which : which.id;
    const message = this.#messages.findById(id);
    if (message) return message;
    throw new SimulatorError('unknown_message', `This phone has no message ${id}.`);
  }
}
