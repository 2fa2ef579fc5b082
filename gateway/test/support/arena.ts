import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventNames } from '@eazewa/sdk/events';
import { startSimulator, type Phone, type Simulator } from '@eazewa/simulator';
import { startReceiver, type ReceivedRequest, type Receiver } from '../../src/delivery/testing/receiver.ts';
import { apiOf, type ApiAnswer } from './api.ts';
import { startGatewayChild, type GatewayChild } from './gateway-child.ts';
import type { Change, ProcessOptions } from './gateway-process.ts';
import { readStore, type StoreReader } from './store-reader.ts';
import { until } from './until.ts';

const token = 'survival-test-token-0123456789-0123456789';

export interface ArenaOptions {
  /** A PostgreSQL URL; null for SQLite in a folder of its own. */
  readonly database: string | null;
  readonly env?: Readonly<Record<string, string>>;
}

/** How one life of the gateway begins. */
export type Life = Partial<Pick<ProcessOptions, 'kill' | 'killSending' | 'daysAhead'>>;

/** A number that the gateway keeps connected, with the path that its webhook is called at. */
export interface Linked {
  readonly id: number;
  readonly phone: Phone;
  readonly path: string;
}

/** WhatsApp and a receiver in this process, and a gateway in another that lives and dies as told. */
export class Arena {
  readonly simulator: Simulator;
  readonly receiver: Receiver;
  readonly store: StoreReader;
  /** When the gateway had been killed and all was read that it had written: monotonic milliseconds. */
  readonly kills: number[] = [];
  readonly numbers: Linked[] = [];
  /** Versions of the tables that the gateway does not know. */
  extraMigrations = 0;
  readonly #options: ArenaOptions;
  readonly #folder: string;
  #child: GatewayChild | null = null;
  #url = '';

  private constructor(options: ArenaOptions, folder: string, simulator: Simulator, receiver: Receiver) {
    this.#options = options;
    this.#folder = folder;
    this.simulator = simulator;
    this.receiver = receiver;
    this.store = readStore(options.database ?? join(folder, 'eazewa.db'));
  }

  static async open(options: ArenaOptions): Promise<Arena> {
    const folder = await mkdtemp(join(tmpdir(), 'eazewa-survival-'));
    return new Arena(options, folder, await startSimulator(), await startReceiver());
  }

  get child(): GatewayChild {
    if (this.#child === null) throw new Error('The gateway was never started.');
    return this.#child;
  }

  /** Starts a gateway process; what it does then is up to it. */
  launch(life: Life = {}): GatewayChild {
    this.#child = startGatewayChild({
      env: {
        EAZEWA_PORT: '0',
        EAZEWA_DATA_DIR: this.#folder,
        ...(this.#options.database === null ? {} : { EAZEWA_DATABASE: this.#options.database }),
        EAZEWA_ADMIN_TOKEN: token,
        EAZEWA_LOG_LEVEL: 'warn',
        // Longer than `daysAhead` of any test: a program may repeat its call.
        EAZEWA_KEEP_OUTGOING_DAYS: '365',
        EAZEWA_WHATSAPP_URL: this.simulator.url,
        EAZEWA_DISK_FLOOR_PERCENT: '0',
        EAZEWA_WHATSAPP_ROOT_KEY: Buffer.from(this.simulator.rootPublicKey).toString('hex'),
        EAZEWA_WHATSAPP_MEDIA_HOST: this.simulator.media.host,
        EAZEWA_WHATSAPP_MEDIA_CA: this.simulator.mediaCa,
        ...this.#options.env,
      },
      storeLatencyMs: 2,
      extraMigrations: this.extraMigrations,
      kill: null,
      killSending: null,
      daysAhead: 0,
      ...life,
    });
    return this.#child;
  }

  /** Starts a gateway process; resolves when its API answers. Throws with its output when it ends before. */
  async start(): Promise<void> {
    this.#url = await this.launch().up;
  }

  /** Resolves when the process is gone, and remembers that it was killed. */
  async died(): Promise<void> {
    const { signal, output } = await this.child.gone;
    if (signal !== 'SIGKILL') throw new Error(`The gateway ended by itself (${signal}).\n${output}`);
    // A busy test hears of the end before it has read all that the process had written.
    await this.receiver.untilAllLeft();
    this.kills.push(performance.now());
  }

  async kill(): Promise<void> {
    this.child.kill();
    await this.died();
  }

  change(change: Change): Promise<void> {
    return this.child.change(change);
  }

  /** Calls the gateway's API. */
  api(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer> {
    return apiOf(this.#url, token)(method, path, body, headers);
  }

  /** Creates an instance; resolves with its first QR code. */
  async create(phone: Phone): Promise<{ linked: Linked; qr: string }> {
    const path = `/hook/${this.numbers.length + 1}`;
    const url = this.receiver.url.replace('/hook', path);
    const { body } = await this.api('POST', '/instances', {
      name: phone.name,
      webhook: { url, events: eventNames },
    });
    const { id } = body['instance'] as { id: number };
    const linked = { id, phone, path };
    this.numbers.push(linked);
    return { linked, qr: await this.nextQr(linked, 0) };
  }

  /** Creates an instance and links it with the phone, the way a person does; resolves when it is ready. */
  async link(phone: Phone): Promise<Linked> {
    const { linked, qr } = await this.create(phone);
    await phone.scan(qr);
    await this.untilReady(linked);
    return linked;
  }

  /** The first QR code that the webhook of a number got after so many others. */
  async nextQr(linked: Linked, after: number): Promise<string> {
    await this.receiver.until(() => this.qrCodes(linked).length > after);
    return this.qrCodes(linked)[after] ?? '';
  }

  /** The different QR codes that were told, oldest first. */
  qrCodes({ path }: Linked): string[] {
    const told = this.receiver.requests.filter((request) => request.path === path && isQr(request));
    return [...new Set(told.map(({ body }) => String(body?.data['qr'])))];
  }

  async untilReady(linked: Linked): Promise<void> {
    await until(async () => (await this.statusOf(linked)) === 'ready');
  }

  /** The status of an instance; empty while nobody answers. */
  async statusOf({ id }: Linked): Promise<string> {
    try {
      const { body } = await this.api('GET', `/instances/${id}/client/status`);
      return (body['clientStatus'] as { instanceStatus: string } | undefined)?.instanceStatus ?? '';
    } catch {
      return '';
    }
  }

  /**
   * True when nothing is on its way any more: WhatsApp has nothing for these numbers, the inbox is empty, nothing is owed
   * to anybody. What has not come by then never will.
   */
  async isQuiet(numbers: readonly Linked[] = this.numbers): Promise<boolean> {
    if (numbers.some(({ phone }) => phone.companions.some(({ queued }) => queued > 0))) return false;
    const [row] = await this.store.all<{ open: number }>(`select
      (select count(*) from inbox where state not in ('done', 'parked') or own_work = 1) +
      (select count(*) from outgoing where state = 'pending') +
      (select count(*) from deliveries where state = 'pending') as open`);
    return row?.open === 0;
  }

  /** Ends everything and removes what was written. */
  async close(): Promise<void> {
    this.#child?.kill();
    await this.#child?.gone;
    await this.receiver.close();
    await this.simulator.stop();
    await this.store.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function isQr({ body }: ReceivedRequest): boolean {
  return body?.event === 'qr';
}
