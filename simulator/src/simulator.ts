import type { Account } from './account.ts';
import type { Channel } from './channel/channel.ts';
import { Companion } from './companion.ts';
import { startControl } from './control/server.ts';
import type { Control } from './control/server.ts';
import type { Counters } from './counters.ts';
import { disconnectKind } from './disconnects.ts';
import type { DisconnectKind } from './disconnects.ts';
import type { Group } from './group/group.ts';
import type { GapOptions } from './gap.ts';
import type { QrOptions } from './linking.ts';
import type { TracedStanza } from './network.ts';
import type { MediaStore } from './media/media-store.ts';
import type { Held, HeldReplay } from './order-faults.ts';
import { Phone } from './phone/phone.ts';
import type { PhoneOptions } from './handset.ts';
import { WhatsAppServer } from './server.ts';
import { SimulatorError } from './simulator-error.ts';
import type { StallKind } from './stalls.ts';
import type { Stanza } from './stanza/codec.ts';

export interface SimulatorOptions {
  /** Port of the WhatsApp server on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  /** Port of the HTTP control API; 0 takes a free one, null (the default) starts none. */
  controlPort?: number | null;
  /** How long the first QR code of a connection is good, and each of the next: milliseconds. */
  qrRefMs?: { first: number; next: number };
  /** How many QR codes a connection gets. */
  qrRefs?: number;
}

export interface NewPhone extends PhoneOptions {
  name: string;
  /** Made up when left out, as is the LID. */
  number?: string;
  lid?: string;
}

/** Starts a WhatsApp server on 127.0.0.1. Its state is in memory and ends with `stop`. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { first: firstMs, next: nextMs } = options.qrRefMs ?? { first: 60_000, next: 20_000 };
  const simulator = new Simulator({ refs: options.qrRefs ?? 6, firstMs, nextMs });
  await simulator.start(options.port ?? 0, options.controlPort ?? null);
  return simulator;
}

/** A WhatsApp server with its phones. */
export class Simulator {
  readonly #server: WhatsAppServer;
  readonly #phones = new Map<Account, Phone>();
  #port = 0;
  #control: Control | undefined;

  constructor(qr: QrOptions) {
    this.#server = new WhatsAppServer(qr);
  }

  async start(port: number, controlPort: number | null): Promise<void> {
    this.#port = await this.#server.listen(port);
    if (controlPort !== null) this.#control = await startControl(this, controlPort);
  }

  /** Where clients connect: Baileys' `waWebSocketUrl`. */
  get url(): string {
    return `ws://127.0.0.1:${this.#port}/ws/chat`;
  }

  /** What clients must trust in place of WhatsApp's root: Baileys' `WA_CERT_DETAILS.PUBLIC_KEY`. */
  get rootPublicKey(): Uint8Array {
    return this.#server.rootPublicKey;
  }

  /** PEM of the authority that clients must trust for media: `ca` of their agents, or `NODE_EXTRA_CA_CERTS`. */
  get mediaCa(): string {
    return this.#server.mediaHost.authority;
  }

  /** The media host: its files, which can expire, and its failures. */
  get media(): MediaStore {
    return this.#server.network.media;
  }

  /** The HTTP control API, when it was asked for. */
  get controlUrl(): string | undefined {
    return this.#control?.url;
  }

  get counters(): Counters {
    return this.#server.network.counters;
  }

  get phones(): Phone[] {
    return [...this.#phones.values()];
  }

  /** A new handset with its own account. Throws `number_taken`, `invalid_request`. */
  addPhone({ name, number, lid, ...options }: NewPhone): Phone {
    const { network, linking } = this.#server;
    const details = {
      name,
      ...(number === undefined ? {} : { number }),
      ...(lid === undefined ? {} : { lid }),
    };
    const account = network.directory.add(details);
    const phone = new Phone(account, network, linking, options);
    account.devices.set(phone.id, phone);
    this.#phones.set(account, phone);
    return phone;
  }

  /** By number or jid. Throws `unknown_phone`. */
  phone(numberOrJid: string): Phone {
    const account = this.#server.network.directory.find(numberOrJid);
    const phone = account && this.#phones.get(account);
    if (phone) return phone;
    throw new SimulatorError('unknown_phone', `There is no phone ${numberOrJid}.`);
  }

  /** Every group, whoever founded it: a phone or a client. */
  get groups(): Group[] {
    return this.#server.network.groups.all();
  }

  /** Every channel, whoever made it. */
  get channels(): Channel[] {
    return this.#server.network.channels.all();
  }

  /** By jid. Throws `unknown_channel`. */
  channel(jid: string): Channel {
    return this.#server.network.channels.get(jid);
  }

  /** By jid. Throws `unknown_group`. */
  group(jid: string): Group {
    return this.#server.network.groups.get(jid);
  }

  /**
   * Ends the connections of a phone's companions, by kind or by the status code that Baileys reports for it. Throws
   * `not_linked` when none is connected, `invalid_request` for a kind or code that does not exist.
   */
  disconnect(who: Phone | string, kindOrCode: DisconnectKind | number | (string & {})): void {
    const phone = typeof who === 'string' ? this.phone(who) : who;
    const kind = disconnectKind(kindOrCode);
    if (!kind)
      throw new SimulatorError('invalid_request', `There is no way to disconnect called "${kindOrCode}".`);
    const devices = [...phone.account.devices.values()].filter((device) => device instanceof Companion);
    const ended = devices.filter((companion) => companion.disconnect(kind));
    if (ended.length === 0)
      throw new SimulatorError('not_linked', `No companion of ${phone.number} is connected.`);
  }

  /**
   * Delivers a stanza as it is to every companion of the phone, through their queues: it comes again on each login until
   * it is acknowledged. With `{ queued: false }` only those that are connected get it, once.
   */
  inject(who: Phone | string, stanza: Stanza, { queued = true }: { queued?: boolean } = {}): void {
    for (const companion of this.#companionsOf(who)) {
      if (queued) companion.deliver(stanza);
      else companion.sendNow(stanza);
    }
  }

  /**
   * Loses stanzas that wait for companions which are away: the next login announces them in `<ib><offline_preview>`,
   * nothing sends them. Gives what was lost.
   */
  loseQueued(who: Phone | string, options: GapOptions = {}): Stanza[] {
    const away = this.#companionsOf(who).filter((companion) => !companion.isLive);
    return away.flatMap((companion) => companion.gap.lose(companion.queue, options));
  }

  /** The next replay of the phone's companion (the one that was linked last) pauses after so many stanzas. Throws `not_linked`. */
  holdReplay(who: Phone | string, { after }: { after: number }): HeldReplay {
    return this.#lastCompanionOf(who).replayPause.holdAfter(after);
  }

  /** Holds back the server's acks of messages that the phone's companion sends; all else goes on. Throws `not_linked`. */
  holdAcks(who: Phone | string): Held {
    return this.#lastCompanionOf(who).acks.close();
  }

  /** Resolves when a companion of the phone is logged in. */
  whenConnected(who: Phone | string): Promise<void> {
    return this.#when(who, true);
  }

  /** Resolves when no companion of the phone is connected: what is sent now waits for the next login. */
  whenDisconnected(who: Phone | string): Promise<void> {
    return this.#when(who, false);
  }

  /** From now on logins of this number fail with `<failure reason>`; `*` means everybody's, and linking too. */
  failLogins(who: Phone | string, reason: number): void {
    this.#server.refusals.refuse(numberOf(who), reason);
  }

  /** Ends `failLogins`. */
  allowLogins(who: Phone | string): void {
    this.#server.refusals.allow(numberOf(who));
  }

  /** From now on this number is not answered in that way; `*` means everybody. Throws `invalid_request`. */
  stall(who: Phone | string, kind: StallKind | (string & {})): void {
    this.#server.network.stalls.begin(numberOf(who), kind);
  }

  /** Ends what `stall` began for this number, or for everybody. */
  unstall(who: Phone | string): void {
    this.#server.network.stalls.end(numberOf(who));
  }

  /** Cuts every connection as a network failure would. */
  dropAll(): void {
    this.#server.dropAll();
  }

  /** Calls back with every stanza that passes a client's socket, in both directions; the returned function ends that. */
  on(event: 'stanza', listener: (traced: TracedStanza) => void): () => void {
    this.#server.network.on(event, listener);
    return () => this.#server.network.off(event, listener);
  }

  #companionsOf(who: Phone | string): Companion[] {
    const phone = typeof who === 'string' ? this.phone(who) : who;
    return [...phone.account.devices.values()].filter((device) => device instanceof Companion);
  }

  #lastCompanionOf(who: Phone | string): Companion {
    const companion = this.#companionsOf(who).at(-1);
    if (companion) return companion;
    throw new SimulatorError('not_linked', 'This phone has no linked device.');
  }

  #when(who: Phone | string, isConnected: boolean): Promise<void> {
    const phone = typeof who === 'string' ? this.phone(who) : who;
    const { network } = this.#server;
    return new Promise((resolve) => {
      const check = () => {
        if (phone.companions.some(({ connected }) => connected) !== isConnected) return;
        network.off('connection', check);
        resolve();
      };
      network.on('connection', check);
      check();
    });
  }

  /** Ends everything; resolves when the ports are free. */
  async stop(): Promise<void> {
    await Promise.all([this.#server.stop(), this.#control?.stop()]);
  }
}

function numberOf(who: Phone | string): string {
  return typeof who === 'string' ? who.replace('+', '') : who.number;
}
