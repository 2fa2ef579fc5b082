import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { GatewayError } from '../errors.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import type { Log } from '../log.ts';
import type { Connection, Connector } from './connection.ts';
import { deleteInstance, insertInstance, loadInstances } from './instance-store.ts';
import type { Instance } from './instance.ts';
import type { Instances, InstanceSettings } from './instances.ts';
import { Openings } from './openings.ts';
import { Runner } from './runner.ts';

export interface ManagerParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly connector: Connector;
  /** Opens the inbox of an instance and begins to drain it. */
  readonly openInbox: (instanceId: number) => Promise<InstanceInbox>;
  /** Stops the inbox of an instance. */
  readonly closeInbox: (instanceId: number) => Promise<void>;
  readonly onReady: (instanceId: number) => void;
  /** Removes the webhooks of an instance, and what waits for them. */
  readonly removeWebhooks: (instanceId: number) => Promise<void>;
  /** Called when everything of an instance is removed. */
  readonly onRemoved?: (instanceId: number) => void;
  /** Connections that may be in the middle of being opened at the same time. */
  readonly openingAtOnce: number;
  /** 0 to 1, for the spread of reconnects. */
  readonly random?: () => number;
}

/** All instances of this gateway: what the API asks of them, and a runner for each. */
export class InstanceManager implements Instances {
  readonly #parts: ManagerParts;
  readonly #runners = new Map<number, Runner>();
  readonly #openings: Openings;
  #pausedBecause: string | null = null;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    this.#openings = new Openings(parts.openingAtOnce, parts.log);
  }

  /** Drains every inbox and connects every instance that was not ended by a person or by WhatsApp. */
  async start(): Promise<void> {
    const instances = await loadInstances(this.#parts.database);
    for (const instance of instances) await this.#add(instance);
    for (const runner of this.#runners.values()) if (!isFinal(runner.instance)) runner.start();
  }

  /** Closes all connections; their states stay, so that the next start connects them again. */
  async stop(): Promise<void> {
    await Promise.all(
      [...this.#runners].map(async ([id, runner]) => {
        await runner.end();
        await this.#parts.closeInbox(id);
      }),
    );
  }

  /**
   * Closes the connections of all instances until `resume`, and opens none for new ones. Who is to run stays so; its
   * status says the reason. Resolves when all are closed.
   */
  async pause(reason: string): Promise<void> {
    this.#pausedBecause = reason;
    await Promise.all([...this.#runners.values()].map((runner) => runner.pause(reason)));
  }

  /** Connects again every instance that is to run. */
  resume(): void {
    this.#pausedBecause = null;
    for (const runner of this.#runners.values()) runner.resume();
  }

  async create(
    { name }: InstanceSettings,
    prepare?: (instance: Instance) => Promise<unknown>,
  ): Promise<Instance> {
    const { database, clock } = this.#parts;
    const instance = await insertInstance(database, name ?? '', clock.now());
    const runner = await this.#add(instance);
    await prepare?.(instance);
    runner.start();
    return runner.instance;
  }

  async list(filter?: string): Promise<Instance[]> {
    const all = [...this.#runners.values()].map(({ instance }) => instance).toSorted((a, b) => a.id - b.id);
    if (filter === undefined || filter === '') return all;
    const wanted = filter.toLowerCase();
    return all.filter(({ id, name }) => String(id) === wanted || name.toLowerCase().includes(wanted));
  }

  async get(id: number): Promise<Instance> {
    return this.#runner(id).instance;
  }

  async rename(id: number, name: string): Promise<Instance> {
    return this.#runner(id).rename(name);
  }

  async remove(id: number): Promise<void> {
    const runner = this.#runner(id);
    this.#runners.delete(id);
    // Else the phone would show a linked device that nobody has any more.
    await runner.readyConnection?.logout().catch(() => undefined);
    try {
      await runner.end();
      await this.#parts.closeInbox(id);
      await this.#parts.removeWebhooks(id);
      await this.#parts.database.commit(deleteInstance(id));
    } catch (error) {
      // It is still there, and the caller can ask again.
      this.#runners.set(id, runner);
      throw error;
    }
    this.#parts.onRemoved?.(id);
  }

  /** Asking for the QR code of an instance that was logged out begins to show one. */
  async qr(id: number): Promise<string | null> {
    const runner = this.#runner(id);
    if (!runner.isRunning && runner.instance.phone === null) runner.start();
    return runner.qr;
  }

  async logout(id: number): Promise<void> {
    const runner = this.#runner(id);
    const connection = runner.readyConnection;
    if (connection === null) throw notReady(runner.instance);
    await connection.logout();
    await runner.whenRecorded();
  }

  async reboot(id: number): Promise<void> {
    const runner = this.#runner(id);
    await runner.stop();
    runner.start();
  }

  async requestPairingCode(id: number, phone: string): Promise<string> {
    const runner = this.#runner(id);
    const { connection, instance } = runner;
    if (connection === null || instance.state !== 'qr') {
      throw new GatewayError('action_failed', 'instance not in QR mode', {
        explanation: `A pairing code can be asked for while the status is qr; it is ${instance.state}.`,
      });
    }
    return connection.requestPairingCode(phone);
  }

  /** The connection that sends messages of an instance. @throws GatewayError `action_failed` unless it is ready. */
  sender(id: number): Connection {
    const runner = this.#runner(id);
    if (runner.readyConnection === null) throw notReady(runner.instance);
    return runner.readyConnection;
  }

  async #add(instance: Instance): Promise<Runner> {
    const { clock, log, connector, onReady, random } = this.#parts;
    const runner: Runner = new Runner(instance, {
      clock,
      log,
      connector,
      inbox: await this.#parts.openInbox(instance.id),
      openings: this.#openings,
      onReady: () => onReady(instance.id),
      random: random ?? Math.random,
    });
    this.#runners.set(instance.id, runner);
    if (this.#pausedBecause !== null) await runner.pause(this.#pausedBecause);
    return runner;
  }

  #runner(id: number): Runner {
    const runner = this.#runners.get(id);
    if (runner === undefined) throw new GatewayError('not_found', `There is no instance ${id}.`);
    return runner;
  }

  /** The instance as it is now, for the inbox; undefined once it is removed. */
  peek(id: number): Instance | undefined {
    return this.#runners.get(id)?.instance;
  }
}

/** Ended until a person acts. */
function isFinal({ state }: Instance): boolean {
  return state === 'disconnected' || state === 'auth_failure';
}

function notReady({ state, stateReason }: Instance): GatewayError {
  const because = stateReason === null ? '' : ` ${stateReason}`;
  return new GatewayError('action_failed', 'instance not ready', {
    explanation: `The instance's status is ${state}; wait until it is ready.${because}`,
  });
}
