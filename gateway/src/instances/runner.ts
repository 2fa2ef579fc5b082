import QRCode from 'qrcode';
import type { Clock } from '../clock.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import type { Log } from '../log.ts';
import type { Connection, ConnectionListener, Connector, OwnAccount } from './connection.ts';
import { renameInstance, updateInstance } from './instance-store.ts';
import type { Instance } from './instance.ts';
import {
  initialStanding,
  reconnectDelayMs,
  step,
  type Happening,
  type Standing,
  type Step,
} from './state-machine.ts';

export interface RunnerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly connector: Connector;
  readonly inbox: InstanceInbox;
  /** Called each time the instance becomes ready. */
  readonly onReady: () => void;
  readonly random: () => number;
}

const recordRetryMs = 1000;

/**
 * Keeps one instance connected: opens connections one after the other, tells what happens to them through the inbox, and
 * stops when only a person can help.
 */
export class Runner {
  #instance: Instance;
  readonly #parts: RunnerParts;
  #standing: Standing = initialStanding;
  #connection: Connection | null = null;
  #qr: string | null = null;
  #cancelReconnect: (() => void) | null = null;
  #isRunning = false;
  /** Each start and each end of running has its own number; what belongs to an older one is ignored. */
  #run = 0;
  /** Counts what happened, QR codes left out. */
  #happened = 0;
  #opening: Promise<void> = Promise.resolve();
  /** What must be over before the next connection may open: the last one's writes, and credentials to be forgotten. */
  #ending: Promise<unknown> = Promise.resolve();
  #recording: Promise<void> = Promise.resolve();
  #isEnding = false;

  constructor(instance: Instance, parts: RunnerParts) {
    this.#instance = instance;
    this.#parts = parts;
  }

  get instance(): Instance {
    return this.#instance;
  }

  /** The QR code to scan, while the state is `qr`. */
  get qr(): string | null {
    return this.#instance.state === 'qr' ? this.#qr : null;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** The connection through which messages can be sent now; null unless the state is `ready`. */
  get readyConnection(): Connection | null {
    return this.#instance.state === 'ready' ? this.#connection : null;
  }

  get connection(): Connection | null {
    return this.#connection;
  }

  async rename(name: string): Promise<Instance> {
    await this.#parts.inbox.recordLifecycle([], [renameInstance(this.#instance.id, name)]);
    this.#instance = { ...this.#instance, name };
    return this.#instance;
  }

  /** Connects, and again whenever a connection is lost. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#standing = initialStanding;
    this.#record({ ...this.#instance, state: 'booting', stateReason: null }, []);
    const run = ++this.#run;
    this.#opening = this.#ending.then(() => this.#connect(run));
  }

  /** Closes the connection without a word to receivers; resolves when its last write has settled. */
  stop(): Promise<void> {
    this.#isRunning = false;
    this.#run++;
    this.#cancelReconnect?.();
    const opening = this.#opening;
    const closing = this.#ending.then(() => this.#closeAfter(opening));
    this.#ending = closing.catch(() => undefined);
    return closing;
  }

  async #closeAfter(opening: Promise<void>): Promise<void> {
    await opening;
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
    await this.#recording;
  }

  /** Resolves when everything that has happened is recorded. */
  async whenRecorded(): Promise<void> {
    await this.#recording;
  }

  async #connect(run: number): Promise<void> {
    if (run !== this.#run) return;
    try {
      const connection = await this.#parts.connector.open(this.#instance, this.#listener(run));
      if (run === this.#run && this.#isRunning) this.#connection = connection;
      else await connection.close();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.log.error(
        { instanceId: this.#instance.id, err: error },
        'The connection could not be opened.',
      );
      this.#happen(run, { is: 'closed', end: { code: 0, reason, atLogin: true } });
    }
  }

  #listener(run: number): ConnectionListener {
    return {
      qr: (code) => void this.#showQr(run, code),
      loading: (percent) => this.#happen(run, { is: 'loading', percent }),
      authenticated: (own) => this.#happen(run, { is: 'authenticated' }, own),
      ready: (own) => {
        this.#happen(run, { is: 'ready' }, own);
        if (run === this.#run) this.#parts.onReady();
      },
      closed: (end) => this.#happen(run, { is: 'closed', end }),
    };
  }

  async #showQr(run: number, code: string): Promise<void> {
    const happened = this.#happened;
    const base64 = await QRCode.toDataURL(code, { errorCorrectionLevel: 'L', margin: 2 });
    // Scanned, or the connection is gone: the code is of no use any more.
    if (run !== this.#run || happened !== this.#happened) return;
    this.#qr = code;
    this.#happen(run, { is: 'qr', code, base64 });
  }

  #happen(run: number, happening: Happening, own?: OwnAccount): void {
    if (run !== this.#run) return;
    if (happening.is !== 'qr') this.#happened++;
    const result = step(this.#standing, happening);
    this.#standing = result.standing;
    const { state, reason } = result.standing;
    const fields = own === undefined ? {} : this.#ownFields(own);
    this.#record({ ...this.#instance, ...fields, state, stateReason: reason }, result.changes);
    if (happening.is === 'closed') this.#afterEnd(run, result);
  }

  #afterEnd(run: number, { next, forget, standing }: Step): void {
    this.#connection = null;
    const { clock, log, random } = this.#parts;
    const { id } = this.#instance;
    if (standing.reason !== null) log.warn({ instanceId: id }, standing.reason);
    if (forget) this.#ending = Promise.all([this.#ending, this.#forget()]);
    if (next === 'stop') {
      this.#isRunning = false;
      this.#run++;
      return;
    }
    const waitMs = next === 'reconnect' ? reconnectDelayMs(standing.failures, random()) : 0;
    this.#cancelReconnect = clock.after(waitMs, () => {
      this.#opening = this.#connect(run);
    });
  }

  #record(instance: Instance, changes: Parameters<InstanceInbox['recordLifecycle']>[0]): void {
    this.#instance = instance;
    this.#recording = this.#recording.then(() => this.#recordUntilDone(instance, changes));
  }

  /** A change that happened is never lost to a store that is down for a while. */
  async #recordUntilDone(
    instance: Instance,
    changes: Parameters<InstanceInbox['recordLifecycle']>[0],
  ): Promise<void> {
    const { inbox, clock, log } = this.#parts;
    for (;;) {
      try {
        return await inbox.recordLifecycle(changes, [updateInstance(instance)]);
      } catch (error) {
        log.error(
          { instanceId: instance.id, err: error },
          'A change of state could not be recorded; trying again.',
        );
        if (this.#isEnding) return;
        await new Promise<void>((resolve) => void clock.after(recordRetryMs, resolve));
      }
    }
  }

  async #forget(): Promise<void> {
    this.#instance = { ...this.#instance, phone: null, lid: null, pushName: null, linkedAt: null };
    this.#record(this.#instance, []);
    await this.#parts.connector.forget(this.#instance.id).catch((error: unknown) => {
      this.#parts.log.error(
        { instanceId: this.#instance.id, err: error },
        'The credentials could not be removed.',
      );
    });
  }

  /** It is linked since it first had this number. */
  #ownFields({ phone, lid, pushName }: OwnAccount): Partial<Instance> {
    const isKnown = this.#instance.phone === phone && this.#instance.linkedAt !== null;
    return { phone, lid, pushName, linkedAt: isKnown ? this.#instance.linkedAt : this.#parts.clock.now() };
  }

  /** Stops for good: what a store that is down does not take now is not tried again. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.stop();
  }
}
