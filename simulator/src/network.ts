import { EventEmitter } from 'node:events';
import { keyOfQueued } from './acknowledgement.ts';
import type { Account, Device } from './account.ts';
import { Companion } from './companion.ts';
import type { CompanionKeys } from './companion.ts';
import { Channels } from './channel/channel.ts';
import { createCounters } from './counters.ts';
import { Directory } from './directory.ts';
import { MediaStore } from './media/media-store.ts';
import { Presences } from './presences.ts';
import { Stalls } from './stalls.ts';
import { Groups } from './group/group.ts';
import type { Stanza } from './stanza/codec.ts';
import { routeMessage } from './stanza/message.ts';
import { routeReceipt } from './stanza/receipt.ts';
import { node } from './stanza/node.ts';

/** A stanza that passed a companion's socket. */
export interface TracedStanza {
  /** As the server sees it: `in` was sent by the companion. */
  readonly direction: 'in' | 'out';
  /** Phone number of the account; undefined before the socket belongs to one. */
  readonly number: string | undefined;
  readonly stanza: Stanza;
}

interface NetworkEvents {
  stanza: [TracedStanza];
  /** A companion has logged in, or its socket has gone. */
  connection: [Account];
}

/** Everything that connects the accounts: who there is, and how a stanza gets from one device to others. */
export class Network extends EventEmitter<NetworkEvents> {
  readonly directory = new Directory();
  readonly groups = new Groups();
  readonly channels = new Channels();
  readonly counters = createCounters();
  readonly stalls = new Stalls();
  readonly media = new MediaStore();
  readonly presences = new Presences(this);
  /** Where pictures are fetched from; set when the server listens. */
  httpUrl = '';
  #lastStamp = 0;

  constructor() {
    super();
    // Every client of a test may listen: many listeners are no leak here.
    this.setMaxListeners(0);
  }

  /**
   * Hands each addressed device its copy of a message. The caller has told the sender already that the server took it, and
   * when: `t` in the attributes, now when left out. All copies say the same.
   */
  routeMessage(sender: Device, message: Stanza): void {
    routeMessage(this, sender, { ...message, attrs: { t: this.now(), ...message.attrs } });
  }

  /** Passes a receipt on to whom it concerns. */
  routeReceipt(sender: Device, receipt: Stanza): void {
    routeReceipt(this, sender, receipt);
  }

  /** Adds a linked device to an account and tells those who have asked for the account's devices. */
  link(account: Account, id: number, keys: CompanionKeys): Companion {
    const companion = new Companion(account, id, keys, (stanza) => keyOfQueued(this.directory, stanza));
    account.devices.set(companion.id, companion);
    this.#announce(companion, 'add');
    return companion;
  }

  /** Removes a linked device with all that was queued for it. */
  unlink(companion: Companion): void {
    const { account } = companion;
    if (account.devices.get(companion.id) !== companion) return;
    account.devices.delete(companion.id);
    companion.queue.clear();
    this.#announce(companion, 'remove');
  }

  /** Now in seconds, as stanzas carry it. */
  now(): string {
    return String(Math.floor(Date.now() / 1000));
  }

  /** An id that no other stanza of this server has. */
  stanzaId(): string {
    return `${Date.now()}-${++this.#lastStamp}`;
  }

  #announce(device: Device, change: 'add' | 'remove'): void {
    for (const [key, watcher] of device.account.watchers) {
      const { account, id } = watcher.device;
      if (account.devices.get(id) !== watcher.device) device.account.watchers.delete(key);
      else watcher.device.deliver(this.#devicesChanged(device, watcher.addressing, change));
    }
  }

  #devicesChanged(device: Device, addressing: 'pn' | 'lid', change: 'add' | 'remove'): Stanza {
    const { account, id, keyIndex } = device;
    const entry = node('device', { jid: account.jid(addressing, id), 'key-index': keyIndex?.toString() });
    return node(
      'notification',
      { from: account.jid(addressing), type: 'devices', id: this.stanzaId(), t: this.now() },
      [node(change, {}, [entry])],
    );
  }
}
