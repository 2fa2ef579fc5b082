import './baileys-timers.ts';
import assert from 'node:assert/strict';
import type { Phone, Simulator } from '@eazewa/simulator';
import { startSimulator } from '@eazewa/simulator';
import { openUnmigrated } from '../../src/database/open-database.ts';
import { raw } from '../../src/database/sql.ts';
import {
  brokenPromises,
  startReceiver,
  type ReceivedBody,
  type Receiver,
} from '../../src/delivery/testing/receiver.ts';
import { apiOf, type Api } from './api.ts';
import type { LeapingClock } from './leaping-clock.ts';
import { numberOf, TestInstance } from './test-instance.ts';
import { until } from './until.ts';

export const adminToken = 'store-failure-test-token-0123456789-0123456789';

/** A gateway that runs, in this process or in another. */
export interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

export interface StoreFailureOptions {
  /** Starts the gateway with these settings, which lack only what concerns the store. */
  readonly start: (env: Record<string, string>) => Promise<Running>;
  /** What `openDatabase` takes, to look into the store when the gateway has ended. */
  readonly location: string;
  /** Its clock, when that is the test's to put forward. */
  readonly clock?: LeapingClock;
}

/** Two numbers in one gateway process and two contacts who write to both, on a store that is about to fail. */
export class StoreFailureWorld {
  readonly simulator: Simulator;
  readonly receiver: Receiver;
  readonly api: Api;
  readonly owners: readonly Phone[];
  readonly contacts: readonly Phone[];
  readonly instances: TestInstance[] = [];
  readonly #options: StoreFailureOptions;
  readonly #running: Running;
  readonly #texts = new Map<string, string[]>();
  /** Receipts and acks of companions for messages, by id. */
  readonly #confirmed = new Set<string>();
  /** Times at which the store was broken, or mended: what was on its way then may come twice. */
  readonly #breaks: number[] = [];
  #round = 0;
  #leaptAt = 0;
  #isStopped = false;

  static async start(options: StoreFailureOptions): Promise<StoreFailureWorld> {
    const simulator = await startSimulator();
    const receiver = await startReceiver();
    const running = await options.start({
      EAZEWA_PORT: '0',
      EAZEWA_ADMIN_TOKEN: adminToken,
      EAZEWA_LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      EAZEWA_WHATSAPP_URL: simulator.url,
      EAZEWA_DISK_FLOOR_PERCENT: '0',
      EAZEWA_WHATSAPP_ROOT_KEY: Buffer.from(simulator.rootPublicKey).toString('hex'),
      EAZEWA_WHATSAPP_MEDIA_HOST: simulator.media.host,
      EAZEWA_WHATSAPP_MEDIA_CA: simulator.mediaCa,
    });
    const world = new StoreFailureWorld(options, simulator, receiver, running);
    await world.#link();
    return world;
  }

  constructor(options: StoreFailureOptions, simulator: Simulator, receiver: Receiver, running: Running) {
    this.#options = options;
    this.#running = running;
    this.simulator = simulator;
    this.receiver = receiver;
    this.api = apiOf(running.url, adminToken);
    this.owners = ['Shop', 'Office'].map((name) => simulator.addPhone({ name }));
    this.contacts = ['Carol', 'Dave'].map((name) => simulator.addPhone({ name }));
    simulator.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
      const isAnswer = tag === 'receipt' || (tag === 'ack' && attrs['class'] === 'message');
      if (direction === 'in' && isAnswer) this.#confirmed.add(attrs['id'] ?? '');
    });
  }

  /** Each contact writes one message to each number. Resolves with their ids. */
  async talk(): Promise<string[]> {
    const round = this.#round++;
    const ids: string[] = [];
    for (const [index, owner] of this.owners.entries()) {
      for (const contact of this.contacts) {
        const { id } = await contact.send(owner, `${contact.name} ${round}`);
        ids.push(id);
        const key = `${index} ${contact.number}`;
        this.#texts.set(key, [...(this.#texts.get(key) ?? []), `${contact.name} ${round}`]);
      }
    }
    return ids;
  }

  /** A program writes one message from each number to each contact; resolves when WhatsApp has all of them. */
  async answer(): Promise<void> {
    const round = this.#round++;
    await Promise.all(
      this.instances.flatMap((instance) =>
        this.contacts.map(async (contact) => {
          const message = `${instance.id} answers ${round}`;
          await instance.act('send-message', { chatId: `${contact.number}@c.us`, message });
          await contact.waitForMessage(({ text }) => text === message);
        }),
      ),
    );
  }

  /** Resolves when every message so far is in a webhook. */
  async untilDelivered(): Promise<void> {
    await this.receiver.until(() =>
      [...this.#texts].every(([key, texts]) => new Set(this.#received(key)).size >= texts.length),
    );
  }

  /** Says that the store breaks now, or is mended: it explains one repetition per lane. */
  mark(): void {
    this.#breaks.push(performance.now());
    this.#leaptAt = Number.NEGATIVE_INFINITY;
  }

  isConfirmed(id: string): boolean {
    return this.#confirmed.has(id);
  }

  /** Talks until both instances have given up their connections and say why by the API. */
  async untilFenced(
    because: RegExp,
    options: { readonly talk: boolean } = { talk: true },
  ): Promise<string[]> {
    const ids = await this.talk();
    let looks = 0;
    const reasons: string[] = [];
    await until(async () => {
      this.#leap();
      if (options.talk && ++looks % 20 === 0) ids.push(...(await this.talk()));
      for (const [index, instance] of this.instances.entries()) {
        const { status, reason } = await this.#standing(instance);
        if (status !== 'ready' && reason !== '' && because.test(reason)) reasons[index] = reason;
      }
      return reasons.filter(Boolean).length === this.instances.length;
    });
    return ids;
  }

  /** Resolves when both are ready again, by themselves. */
  async untilReady(): Promise<void> {
    await until(async () => {
      this.#leap();
      const standings = await Promise.all(this.instances.map((instance) => this.#standing(instance)));
      return standings.every(({ status }) => status === 'ready');
    });
  }

  /** Resolves when all goes on by itself, in both directions. */
  async recover(): Promise<void> {
    await this.untilReady();
    await this.talk();
    await this.answer();
    await this.untilDelivered();
  }

  /** Looks at everything: each message is one event, in order; nothing was refused, asked for again or given up. */
  async finish(): Promise<void> {
    await this.recover();
    await until(async () => {
      const lists = await Promise.all(this.instances.map((instance) => instance.call('GET', '/deliveries')));
      return !JSON.stringify(lists).includes('"pending"');
    });
    const { counters } = this.simulator;
    assert.equal(counters.retryReceiptsFromCompanions, 0, 'retry receipts');
    assert.equal(counters.negativeAcks, 0, 'negative acks');
    assert.equal(counters.undecryptable, 0, 'undecryptable');
    for (const [key, texts] of this.#texts) {
      assert.deepEqual([...new Set(this.#received(key))], texts, 'every message, in order');
    }
    for (const instance of this.instances) {
      const messages = instance
        .requests('message')
        .map(({ body, eventId }) => ({ eventId, ...readMessage(body) }));
      for (const [message, of] of Map.groupBy(messages, ({ from, text }) => `${from}: ${text}`)) {
        assert.equal(new Set(of.map(({ eventId }) => eventId)).size, 1, `"${message}" is one event`);
      }
    }
    assert.deepEqual(brokenPromises(this.receiver.requests, { kills: this.#breaks }), []);
    await this.#stop();
    const database = await openUnmigrated(this.#options.location);
    const open = await database.all(
      raw(`select instance_id, seq, kind, state, note from inbox where state in ('undecided', 'parked')`),
    );
    await database.close();
    assert.deepEqual(open, []);
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.receiver.close();
    await this.simulator.stop();
  }

  async #stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#running.stop();
  }

  async #link(): Promise<void> {
    const events = ['qr', 'message', 'message_create', 'message_ack', 'change_state'] as const;
    for (const owner of this.owners) {
      const { body } = await this.api('POST', '/instances', {});
      const instance = new TestInstance(this, numberOf(body['instance'], 'id'));
      await instance.setWebhook({ url: instance.hook, events });
      await owner.scan(await instance.qr());
      this.instances.push(instance);
    }
    await this.recover();
  }

  /**
   * Puts the clock forward while nothing is under way, by as much as a connection may wait for its next try. Not often: a
   * login that is under way just then runs out of time.
   */
  #leap(): void {
    const { clock } = this.#options;
    const isQuiet = this.owners.every(
      ({ companion }) => companion?.connected !== true || companion.queued === 0,
    );
    if (clock === undefined || this.#breaks.length === 0 || !isQuiet) return;
    if (performance.now() - this.#leaptAt < 5_000) return;
    this.#leaptAt = performance.now();
    this.#breaks.push(this.#leaptAt);
    clock.leap(60_000);
  }

  async #standing(instance: TestInstance): Promise<{ status: string; reason: string }> {
    const { status, body } = await instance.call('GET', '/client/status');
    if (status !== 200) return { status: String(status), reason: '' };
    const { instanceStatus, instanceStatusReason = '' } = body['clientStatus'] as Record<string, string>;
    return { status: instanceStatus ?? '', reason: instanceStatusReason };
  }

  /** The texts that a contact's chat with an instance has delivered, in the order of arrival. */
  #received(key: string): string[] {
    const [index = '', number = ''] = key.split(' ');
    const messages = this.instances[Number(index)]?.data('message') ?? [];
    return messages.flatMap(({ message }) => (message.from === `${number}@c.us` ? [message.body] : []));
  }
}

function readMessage(body: ReceivedBody | null): { from: string; text: string } {
  const { from, body: text } = (body?.data['message'] ?? {}) as { from: string; body: string };
  return { from, text };
}
