import { AppState } from './app-state/app-state.ts';
import { formatJid } from './jid.ts';
import type { Addressing } from './jid.ts';
import type { PreKeyBundle } from './signal/index.ts';
import type { Stanza } from './stanza/codec.ts';

/** One endpoint of an account: device 0 is the handset, the others are linked companions. */
export interface Device {
  readonly account: Account;
  readonly id: number;
  /** What `usync` tells about a companion; the handset has none. */
  readonly keyIndex: number | undefined;
  /** Takes a message, receipt or notification; keeps it while the device is away. */
  deliver(stanza: Stanza): void;
  /** Takes what is not worth keeping while the device is away: who is online, who types. */
  hear?(stanza: Stanza): void;
  /** Public keys for a new Signal session; a one-time pre-key is given out once. */
  bundle(): PreKeyBundle;
  /** The handset's part in the start of a companion that has logged in for the first time. */
  welcome?(companion: Device): void;
}

/** Who wants to hear when an account links or unlinks a device, and under which of its two names it is known there. */
export interface Watcher {
  readonly device: Device;
  readonly addressing: Addressing;
}

/** One WhatsApp account: a phone number, its LID and its devices. */
export class Account {
  #number: string;
  readonly lid: string;
  name: string;
  /** The text below the name, and when it was set, in seconds since 1970. */
  about: { readonly text: string; readonly at: string } | undefined;
  /** Whether messages and histories name it as its chat does only, so that nobody learns the other name. */
  isOtherNameHidden = false;
  picture: { readonly id: string; readonly bytes: Uint8Array } | null = null;
  readonly devices = new Map<number, Device>();
  readonly appState = new AppState();
  readonly watchers = new Map<string, Watcher>();
  /** The address book. */
  readonly contacts = new Set<Account>();
  /** Whose messages, calls and presence do not come through. */
  readonly blocked = new Set<Account>();
  #lastDevice = 0;

  constructor(details: { number: string; lid: string; name: string }) {
    this.#number = details.number;
    this.lid = details.lid;
    this.name = details.name;
  }

  get number(): string {
    return this.#number;
  }

  /** For the directory, which finds accounts by it. */
  takeNumber(number: string): void {
    this.#number = number;
  }

  /** This account's address, or that of one of its devices. */
  jid(addressing: Addressing, device = 0): string {
    return formatJid(addressing === 'pn' ? this.number : this.lid, addressing, device);
  }

  /** The same of its other name, for those who are told both; undefined while that is hidden. */
  otherJid(addressing: Addressing, device = 0): string | undefined {
    return this.isOtherNameHidden ? undefined : this.jid(addressing === 'pn' ? 'lid' : 'pn', device);
  }

  /** An id for the next companion. It skips 99, which WhatsApp keeps for hosted devices, and starts over after 98. */
  nextDeviceId(): number {
    do this.#lastDevice = (this.#lastDevice % 98) + 1;
    while (this.devices.has(this.#lastDevice));
    return this.#lastDevice;
  }

  hasBlocked(other: Account): boolean {
    return this.blocked.has(other);
  }

  watch(watcher: Watcher): void {
    const { device, addressing } = watcher;
    this.watchers.set(`${device.account.lid}.${device.id}.${addressing}`, watcher);
  }
}
