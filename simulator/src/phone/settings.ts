import type { Device } from '../account.ts';
import { tellOthers } from '../app-state/app-state.ts';
import { decodeMutations, encodePatch } from '../app-state/patch.ts';
import type { Mutation } from '../app-state/patch.ts';
import { createSyncKey, syncKeyContent } from '../app-state/sync-key.ts';
import type { SyncKey } from '../app-state/sync-key.ts';
import { findAccount } from '../find-account.ts';
import type { Who } from '../find-account.ts';
import type { Network } from '../network.ts';
import type { PhoneMessage, PhoneMessages } from './messages.ts';
import type { PhoneOutbox } from './outbox.ts';
import { SimulatorError } from '../simulator-error.ts';
import { chatJidOf } from '../web-message.ts';

interface SettingsDependencies {
  readonly phone: Device;
  readonly network: Network;
  readonly messages: PhoneMessages;
  readonly outbox: PhoneOutbox;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

/** A change that the handset has found in a collection, whichever device made it. */
export interface FoundMutation extends Mutation {
  readonly collection: string;
}

/**
 * What a handset changes for all devices of its account, as encrypted patches of WhatsApp's collections; each call makes
 * one patch and tells the companions to fetch it. A chat is a phone, a number (both mean the chat under the LID) or the
 * jid that it shall have in the patch. Every call throws `phone_offline`. Collections, indexes and versions: Baileys 7,
 * `chatModificationToAppPatch`.
 */
export class PhoneSettings {
  /** Whether changes are files on the media host (`externalMutations`), as handsets do it with many, instead of in their patch. */
  isOnMediaHost = false;
  #key: SyncKey = createSyncKey();
  /** Every key so far: older patches stay as they are. */
  readonly #keys: SyncKey[] = [this.#key];
  readonly #phone: Device;
  readonly #network: Network;
  readonly #messages: PhoneMessages;
  readonly #outbox: PhoneOutbox;
  readonly #checkOnline: () => void;

  constructor({ phone, network, messages, outbox, checkOnline }: SettingsDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#messages = messages;
    this.#outbox = outbox;
    this.#checkOnline = checkOnline;
  }

  /** Deletes a message on all own devices, not at the other side. Throws `unknown_message`. */
  deleteForMe(message: PhoneMessage | string): void {
    const index = ['deleteMessageForMe', ...this.#indexOf(message)];
    const { timestamp } = this.#message(message);
    const deleteMessageForMeAction = { deleteMedia: true, messageTimestamp: timestamp };
    this.patch('regular_high', [set(index, { deleteMessageForMeAction }, 3)]);
  }

  /** Throws `unknown_message`. */
  star(message: PhoneMessage | string, starred = true): void {
    this.#messages.change(this.#message(message), { isStarred: starred });
    this.patch('regular_low', [set(['star', ...this.#indexOf(message)], { starAction: { starred } }, 2)]);
  }

  archive(chat: Who, archived = true): void {
    const index = ['archive', this.#chatJid(chat)];
    this.patch('regular_low', [set(index, { archiveChatAction: { archived } }, 3)]);
  }

  pin(chat: Who, pinned = true): void {
    this.patch('regular_low', [set(['pin_v1', this.#chatJid(chat)], { pinAction: { pinned } }, 5)]);
  }

  /** Until a time in milliseconds since 1970; null ends it. */
  mute(chat: Who, untilMs: number | null): void {
    const muteAction = { muted: untilMs !== null, ...(untilMs !== null && { muteEndTimestamp: untilMs }) };
    this.patch('regular_high', [set(['mute', this.#chatJid(chat)], { muteAction }, 2)]);
  }

  /** Marks the chat as read, or as unread; no receipts are sent, see `phone.read`. */
  markRead(chat: Who, read = true): void {
    const index = ['markChatAsRead', this.#chatJid(chat)];
    this.patch('regular_low', [set(index, { markChatAsReadAction: { read } }, 3)]);
  }

  deleteChat(chat: Who): void {
    const index = ['deleteChat', this.#chatJid(chat), '1'];
    this.patch('regular_high', [set(index, { deleteChatAction: { messageRange: {} } }, 6)]);
  }

  /** Any changes of one collection, in one patch. */
  patch(collectionName: string, mutations: readonly Mutation[]): void {
    this.#checkOnline();
    const collection = this.#phone.account.appState.collection(collectionName);
    const { media } = this.#network;
    const patch = encodePatch(collection, mutations, this.#key, this.isOnMediaHost ? media : undefined);
    collection.append(patch, media);
    tellOthers(this.#network, this.#phone, collection);
  }

  /** More patches of a collection than this, and a newly linked client gets a snapshot of it in their place (100). */
  get snapshotAfter(): number {
    return this.#phone.account.appState.snapshotAfter;
  }

  set snapshotAfter(patches: number) {
    this.#phone.account.appState.snapshotAfter = patches;
  }

  /** Every change so far, by collection, oldest first: our own and those of companions. */
  get mutations(): FoundMutation[] {
    return this.#phone.account.appState.collections.flatMap((collection) =>
      decodeMutations(collection.mutations, this.#keys).map((mutation) => ({
        ...mutation,
        collection: collection.name,
      })),
    );
  }

  /** Gives a companion the keys to the settings, the present one last. */
  shareKey(companion: Device): void {
    for (const key of this.#keys) this.#outbox.sendPeer(companion, syncKeyContent(key));
  }

  /** Makes a new key for what changes from now on, and gives it to all companions, unless it is not to be shared (yet, see `shareKey`). */
  renewKey({ isShared = true }: { readonly isShared?: boolean } = {}): void {
    this.#checkOnline();
    this.#key = createSyncKey();
    this.#keys.push(this.#key);
    if (!isShared) return;
    for (const device of this.#phone.account.devices.values()) {
      if (device !== this.#phone) this.#outbox.sendPeer(device, syncKeyContent(this.#key));
    }
  }

  #indexOf(which: PhoneMessage | string): string[] {
    const message = this.#message(which);
    const { directory } = this.#network;
    const isOfMember = message.group !== undefined && !message.fromMe;
    const writer = isOfMember ? directory.withNumber(message.from)?.jid(message.addressing) : undefined;
    return [chatJidOf(directory, message), message.id, message.fromMe ? '1' : '0', writer ?? '0'];
  }

  #message(which: PhoneMessage | string): PhoneMessage {
    if (typeof which !== 'string') return which;
    const message = this.#messages.findById(which);
    if (message) return message;
    throw new SimulatorError('unknown_message', `This phone has no message ${which}.`);
  }

  #chatJid(chat: Who): string {
    if (typeof chat === 'string' && chat.includes('@')) return chat;
    return findAccount(this.#network.directory, chat).jid('lid');
  }
}

function set(index: readonly string[], value: Mutation['value'], version: number): Mutation {
  return { index, value: { timestamp: Date.now(), ...value }, version };
}
