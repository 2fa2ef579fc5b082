import QRCode from 'qrcode';
import type { Clock } from '../clock.ts';
import { StoreFailure } from '../database/database.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import type { Log } from '../log.ts';
import type { Connection, ConnectionEnd, ConnectionListener, Connector, OwnAccount } from './connection.ts';
import { renameInstance } from './instance-store.ts';
import type { Instance } from './instance.ts';
import type { Openings, Turn } from './openings.ts';
import {
  initialStanding,
  reconnectDelayMs,
  steadyMs,
  step,
  type Happening,
  type Standing,
  type Step,
} from './state-machine.ts';
import { StateRecord } from './state-record.ts';
import { TroubleLog } from './trouble-log.ts';

export interface RunnerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly connector: Connector;
  readonly inbox: InstanceInbox;
  /** Who may open a connection now; shared by all instances. */
  readonly openings: Openings;
  /** Called each time the instance becomes ready. */
  readonly onReady: () => void;
  readonly random: () => number;
}

/**
 * Keeps one instance connected: opens connections one after the other, tells what happens to them through the inbox, and
 * stops when only a person can help.
 */
export class Runner {
  #instance: Instance;
  readonly #parts: RunnerParts;
  readonly #record: StateRecord;
  readonly #troubles: TroubleLog;
  #standing: Standing = initialStanding;
  #connection: Connection | null = null;
  /** Monotonic milliseconds; null unless the present connection is ready. */
  #readyAt: number | null = null;
  #qr: string | null = null;
  #cancelReconnect: (() => void) | null = null;
  #isRunning = false;
  /** Why nothing may connect now; null when it may. It does not change who is to run. */
  #pausedBecause: string | null = null;
  /** Each start, each end of running and each end of a connection begins a new era; what belongs to an older one is ignored. */
  #era = 0;
  /** Counts what happened, QR codes left out. */
  #happened = 0;
  #turn: Turn | null = null;
  #opening: Promise<void> = Promise.resolve();
  /** What must be over before the next connection may open: the last one's writes, and credentials to be forgotten. */
  #ending: Promise<unknown> = Promise.resolve();

  constructor(instance: Instance, parts: RunnerParts) {
    this.#instance = instance;
    this.#parts = parts;
    this.#record = new StateRecord(parts.inbox, parts.clock, parts.log);
    this.#troubles = new TroubleLog(parts.log, instance.id);
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
    if (this.#pausedBecause !== null) {
      this.#apply({ is: 'paused', reason: this.#pausedBecause });
      return;
    }
    this.#put({ ...this.#instance, state: 'booting', stateReason: null }, []);
    this.#connectInTurn(++this.#era);
  }

  /** Closes the connection without a word to receivers; resolves when its last write has settled. */
  stop(): Promise<void> {
    this.#isRunning = false;
    return this.#disconnect();
  }

  /**
   * Closes the connection for now: who is to run waits until `resume`, who is started meanwhile too. `reason` is for
   * people. Resolves when its last write has settled.
   */
  async pause(reason: string): Promise<void> {
    this.#pausedBecause = reason;
    if (!this.#isRunning) return;
    const closing = this.#disconnect();
    this.#apply({ is: 'paused', reason });
    await closing;
  }

  /** Ends a pause: who is to run connects again. */
  resume(): void {
    if (this.#pausedBecause === null) return;
    this.#pausedBecause = null;
    if (!this.#isRunning) return;
    this.#apply({ is: 'opening' });
    this.#connectInTurn(++this.#era);
  }

  #disconnect(): Promise<void> {
    this.#era++;
    this.#readyAt = null;
    this.#cancelReconnect?.();
    if (this.#turn?.isWaiting === true) this.#turn.end();
    const opening = this.#opening;
    const closing = this.#ending.then(() => this.#closeAfter(opening));
    this.#ending = closing.catch(() => undefined);
    return closing;
  }

  async #closeAfter(opening: Promise<void>): Promise<void> {
    await opening;
    const connection = this.#connection;
    this.#connection = null;
    try {
      await connection?.close();
    } finally {
      this.#turn?.end();
    }
    await this.#record.whenDone();
  }

  /** Resolves when everything that has happened is recorded. */
  async whenRecorded(): Promise<void> {
    await this.#record.whenDone();
  }

  #connectInTurn(era: number): void {
    const before = this.#opening;
    this.#opening = before
      .then(() => this.#ending)
      .then(() => (era === this.#era ? this.#takeTurn(era) : undefined));
  }

  async #takeTurn(era: number): Promise<void> {
    const turn = this.#parts.openings.take();
    this.#turn = turn;
    const mustWait = turn.isWaiting;
    if (mustWait) this.#happen(era, { is: 'waiting', openingAtOnce: this.#parts.openings.limit });
    await turn.granted;
    if (era !== this.#era) return turn.end();
    if (mustWait) this.#happen(era, { is: 'opening' });
    await this.#connect(era, turn);
  }

  async #connect(era: number, turn: Turn): Promise<void> {
    try {
      const connection = await this.#parts.connector.open(this.#instance, this.#listener(era, turn));
      if (era === this.#era) this.#connection = connection;
      else await connection.close();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const what = error instanceof StoreFailure ? 'The store failed' : 'The connection could not be opened';
      this.#closed(era, turn, { code: 0, reason: `${what}: ${message}`, atLogin: true }, error);
    }
  }

  #listener(era: number, turn: Turn): ConnectionListener {
    return {
      qr: (code) => {
        turn.end();
        void this.#showQr(era, code);
      },
      loading: (percent) => this.#happen(era, { is: 'loading', percent }),
      authenticated: (own) => {
        turn.end();
        this.#happen(era, { is: 'authenticated' }, own);
      },
      ready: (own) => {
        if (era !== this.#era) return;
        this.#readyAt = this.#parts.clock.monotonic();
        this.#happen(era, { is: 'ready' }, own);
        this.#troubles.ready();
        this.#parts.onReady();
      },
      closed: (end) => this.#closed(era, turn, end),
    };
  }

  async #showQr(era: number, code: string): Promise<void> {
    const happened = this.#happened;
    const base64 = await QRCode.toDataURL(code, { errorCorrectionLevel: 'L', margin: 2 });
    // Scanned, or the connection is gone: the code is of no use any more.
    if (era !== this.#era || happened !== this.#happened) return;
    this.#qr = code;
    this.#happen(era, { is: 'qr', code, base64 });
  }

  #closed(era: number, turn: Turn, end: ConnectionEnd, error?: unknown): void {
    turn.end();
    if (era !== this.#era) return;
    const readyForMs = this.#readyAt === null ? 0 : this.#parts.clock.monotonic() - this.#readyAt;
    this.#readyAt = null;
    const connection = this.#connection;
    this.#connection = null;
    if (connection !== null)
      this.#ending = this.#ending.then(() => connection.close()).catch(() => undefined);
    const result = this.#apply({ is: 'closed', end, readyForMs });
    if (readyForMs >= steadyMs) this.#troubles.forget();
    if (result.standing.reason !== null) this.#troubles.ended(result.standing.reason, error);
    this.#era++;
    this.#afterEnd(result);
  }

  #afterEnd({ next, forget, standing }: Step): void {
    if (forget) this.#forget();
    if (next === 'stop') {
      this.#isRunning = false;
      return;
    }
    const { clock, random } = this.#parts;
    const waitMs = next === 'reconnect' ? reconnectDelayMs(standing.failures, random()) : 0;
    const era = this.#era;
    this.#cancelReconnect = clock.after(waitMs, () => this.#connectInTurn(era));
  }

  #happen(era: number, happening: Happening, own?: OwnAccount): void {
    if (era === this.#era) this.#apply(happening, own);
  }

  #apply(happening: Happening, own?: OwnAccount): Step {
    if (happening.is !== 'qr') this.#happened++;
    const result = step(this.#standing, happening);
    this.#standing = result.standing;
    const { state, reason } = result.standing;
    const fields = own === undefined ? {} : this.#ownFields(own);
    this.#put({ ...this.#instance, ...fields, state, stateReason: reason }, result.changes);
    return result;
  }

  #put(instance: Instance, changes: Step['changes']): void {
    this.#instance = instance;
    this.#record.add(instance, changes);
  }

  #forget(): void {
    const { connector, log } = this.#parts;
    const { id } = this.#instance;
    this.#put({ ...this.#instance, phone: null, lid: null, pushName: null, linkedAt: null }, []);
    this.#ending = this.#ending
      .then(() => connector.forget(id))
      .catch((error: unknown) => {
        log.error({ instanceId: id, err: error }, 'The credentials could not be removed.');
      });
  }

  /** It is linked since it first had this number. */
  #ownFields({ phone, lid, pushName }: OwnAccount): Partial<Instance> {
    const isKnown = this.#instance.phone === phone && this.#instance.linkedAt !== null;
    return { phone, lid, pushName, linkedAt: isKnown ? this.#instance.linkedAt : this.#parts.clock.now() };
  }

  /** Stops for good: what a store that is down does not take now is not tried again. */
  async end(): Promise<void> {
    this.#record.end();
    await this.stop();
  }
}
