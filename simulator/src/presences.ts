import type { Account, Device } from './account.ts';
import { isGroupJid, parseJid } from './jid.ts';
import type { Addressing } from './jid.ts';
import type { Network } from './network.ts';
import type { Stanza } from './stanza/codec.ts';
import { node } from './stanza/node.ts';

/** What somebody does in a chat: types, records a voice note, or has stopped. */
export type Activity = 'composing' | 'recording' | 'paused';

interface Subscription {
  readonly device: Device;
  readonly addressing: Addressing;
}

/**
 * Who is online, and who wants to know. Neither this nor typing is queued: who is away hears nothing of it. Shapes: what
 * Baileys 7 sends and reads (`sendPresenceUpdate`, `handlePresenceUpdate`).
 */
export class Presences {
  readonly #network: Network;
  readonly #online = new Map<Account, Set<Device>>();
  readonly #lastSeen = new Map<Account, string>();
  readonly #subscriptions = new Map<Account, Map<string, Subscription>>();

  constructor(network: Network) {
    this.#network = network;
  }

  /** A device shows or hides itself; an account is online while one of its devices is. */
  show(device: Device, isOnline: boolean): void {
    const { account } = device;
    const devices = this.#online.get(account) ?? new Set();
    const wasOnline = devices.size > 0;
    if (isOnline) devices.add(device);
    else devices.delete(device);
    this.#online.set(account, devices);
    if (devices.size > 0 === wasOnline) return;
    if (!isOnline) this.#lastSeen.set(account, this.#network.now());
    for (const subscription of this.#subscriptions.get(account)?.values() ?? [])
      this.#tell(account, subscription);
  }

  /** From now on the device hears when somebody comes or goes, and at once how it is now. */
  subscribe(device: Device, jid: string): void {
    const account = this.#network.directory.withJid(jid);
    if (!account) return;
    const subscription = { device, addressing: parseJid(jid)?.addressing ?? 'lid' };
    const known = this.#subscriptions.get(account) ?? new Map<string, Subscription>();
    known.set(`${device.account.lid}.${device.id}`, subscription);
    this.#subscriptions.set(account, known);
    this.#tell(account, subscription);
  }

  /** A device types, records or stops in the chat with that jid: everybody else there hears it. */
  act(device: Device, chat: string, activity: Activity): void {
    const what = activity === 'recording' ? node('composing', { media: 'audio' }) : node(activity);
    if (isGroupJid(chat)) {
      const group = this.#network.groups.find(chat);
      if (!group?.has(device.account)) return;
      const participant = device.account.jid('lid');
      this.#pass(group.accounts, device.account, node('chatstate', { from: chat, participant }, [what]));
      return;
    }
    const other = this.#network.directory.withJid(chat);
    const from = device.account.jid(parseJid(chat)?.addressing ?? 'lid');
    if (other) this.#pass([other], device.account, node('chatstate', { from }, [what]));
  }

  #pass(accounts: readonly Account[], from: Account, stanza: Stanza): void {
    for (const account of accounts) {
      if (account === from || account.hasBlocked(from)) continue;
      for (const device of account.devices.values()) device.hear?.(stanza);
    }
  }

  #tell(account: Account, { device, addressing }: Subscription): void {
    if (account.hasBlocked(device.account)) return;
    const isOnline = (this.#online.get(account)?.size ?? 0) > 0;
    const last = this.#lastSeen.get(account);
    const gone = isOnline ? {} : { type: 'unavailable', last: last ?? 'deny' };
    device.hear?.(node('presence', { from: account.jid(addressing), ...gone }));
  }
}
