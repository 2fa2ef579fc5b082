import type { Account, Device } from './account.ts';
import { Companion } from './companion.ts';
import type { Linking } from './linking.ts';
import type { Network } from './network.ts';
import type { NotificationBody } from './notifications.ts';
import { SignalDevice } from './signal/index.ts';
import type { KeyPair, PreKeyBundle } from './signal/index.ts';
import { SimulatorError } from './simulator-error.ts';
import { addressOf } from './signal-address.ts';
import type { Stanza } from './stanza/codec.ts';
import { node } from './stanza/node.ts';

export interface PhoneOptions {
  /** Decides what its message ids look like; true unless said otherwise. */
  deviceIsAndroid?: boolean;
}

/** One linked device, as the handset's "Linked devices" list and the server know it. */
export interface CompanionState {
  readonly device: number;
  readonly connected: boolean;
  /** Stanzas that it has not acknowledged. */
  readonly queued: number;
  /** One-time pre-keys that the server still has of it. */
  readonly preKeys: number;
}

/** Device 0 of its account, with its own Signal keys: on the network or not, with the devices that it has linked. */
export abstract class Handset implements Device {
  readonly id = 0;
  readonly keyIndex = undefined;
  readonly account: Account;
  readonly system: 'android' | 'ios';
  protected readonly signal = new SignalDevice();
  protected readonly network: Network;
  readonly #linking: Linking;
  readonly #whenOnline: (() => void)[] = [];
  #isOnline = true;

  constructor(account: Account, network: Network, linking: Linking, options: PhoneOptions = {}) {
    this.account = account;
    this.network = network;
    this.#linking = linking;
    this.system = options.deviceIsAndroid === false ? 'ios' : 'android';
  }

  abstract deliver(stanza: Stanza): void;
  abstract hear(stanza: Stanza): void;
  abstract welcome(companion: Device): void;

  get number(): string {
    return this.account.number;
  }

  get name(): string {
    return this.account.name;
  }

  /** `<number>@s.whatsapp.net` */
  get jid(): string {
    return this.account.jid('pn');
  }

  /** `<lid>@lid` */
  get lidJid(): string {
    return this.account.jid('lid');
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  get identity(): KeyPair {
    return this.signal.identity;
  }

  /** The device that was linked last. */
  get companion(): CompanionState | undefined {
    return this.companions.at(-1);
  }

  get companions(): CompanionState[] {
    return this.#companions().map((companion) => ({
      device: companion.id,
      connected: companion.isConnected,
      queued: companion.queue.size,
      preKeys: companion.preKeys.size,
    }));
  }

  /**
   * Scans a QR code as clients show it. Resolves when the companion has proved its keys; it still has to log in.
   * Throws `qr_invalid`, `qr_expired`, `pairing_failed`, `phone_offline`.
   */
  async scan(qr: string): Promise<CompanionState> {
    this.checkOnline();
    return this.#stateOf(await this.#linking.scan(this, qr));
  }

  /**
   * Enters the code that a client shows for this number. Resolves like `scan`. Throws `pairing_code_unknown`,
   * `pairing_code_wrong`, `pairing_failed`, `phone_offline`.
   */
  async enterPairingCode(code: string): Promise<CompanionState> {
    this.checkOnline();
    return this.#stateOf(await this.#linking.enterPairingCode(this, code));
  }

  /** WhatsApp tells this phone's companions something unasked; see `notifications.ts` for what there is. */
  notify({ type, from = this.jid, content }: NotificationBody): void {
    const attributes = { from, type, id: this.network.stanzaId(), t: this.network.now() };
    for (const companion of this.#companions()) companion.deliver(node('notification', attributes, content));
  }

  /** Takes the handset off the network: what is sent to it waits. Companions do not care. */
  goOffline(): void {
    this.#isOnline = false;
    this.network.presences.show(this, false);
  }

  /** Back on the network; what has waited comes in, oldest first. */
  goOnline(): void {
    this.#isOnline = true;
    while (this.#isOnline) {
      const next = this.#whenOnline.shift();
      if (!next) return;
      next();
    }
  }

  /** Removes one linked device, or all: they are disconnected with 401 and cannot log in again. */
  unlink(device?: number): void {
    this.checkOnline();
    for (const companion of this.#companions()) {
      if (device !== undefined && companion.id !== device) continue;
      this.network.unlink(companion);
      companion.disconnect('unlinked');
    }
  }

  /** Loses the Signal sessions with every device of the other phone, as a restored backup would: what it sends next fails. */
  forgetSessions(other: Handset): void {
    for (const device of other.account.devices.values()) this.signal.deleteSession(addressOf(device));
  }

  bundle(): PreKeyBundle {
    return this.signal.bundle();
  }

  /** Keeps for later what comes while there is no network; false when it is for now. */
  protected keptForLater(action: () => void): boolean {
    if (!this.#isOnline) this.#whenOnline.push(action);
    return !this.#isOnline;
  }

  #companions(): Companion[] {
    return [...this.account.devices.values()].filter((device) => device instanceof Companion);
  }

  #stateOf(companion: Companion): CompanionState {
    const state = this.companions.find(({ device }) => device === companion.id);
    if (state) return state;
    throw new SimulatorError('pairing_failed', 'The companion was unlinked while it was being linked.');
  }

  protected checkOnline(): void {
    if (!this.#isOnline) throw new SimulatorError('phone_offline', `The phone ${this.number} is offline.`);
  }
}
