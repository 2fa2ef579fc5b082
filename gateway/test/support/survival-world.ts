import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type Phone } from '@eazewa/simulator';
import { openUnmigrated } from '../../src/database/open-database.ts';
import { sql } from '../../src/database/sql.ts';
import { brokenPromises, startReceiver, type ReceivedRequest } from '../../src/delivery/testing/receiver.ts';
import { apiOf, type Api } from './api.ts';
import { startGatewayChild, type GatewayChild } from './gateway-child.ts';
import type { ProcessOptions } from './gateway-process.ts';
import type { Kill } from './killing-database.ts';
import { until } from './until.ts';

const token = 'survival-test-token-0123456789-0123456789';

/** How one life of the gateway ends. */
export type Death =
  | { readonly by: 'unit'; readonly kill: Kill }
  | { readonly by: 'sending'; readonly when: 'connecting' | 'half-written'; readonly nth: number }
  /** The receiver has read the whole request and has not answered. */
  | { readonly by: 'receiver'; readonly nth: number };

interface Sent {
  readonly instance: Phone;
  readonly from: Phone;
  readonly text: string;
}

/**
 * Two numbers in one gateway process, two contacts who write to both, a receiver that records everything. The gateway
 * lives and dies as told; `finish` looks at what is left at the end.
 */
export async function startWorld(database: string | null) {
  const simulator = await startSimulator();
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-survival-'));
  const owners = [simulator.addPhone({ name: 'Shop' }), simulator.addPhone({ name: 'Office' })];
  // Carol writes to both: one contact, two accounts, in one process.
  const contacts = [simulator.addPhone({ name: 'Carol' }), simulator.addPhone({ name: 'Dave' })];
  const receiver = await startReceiver();
  const kills: number[] = [];
  const sent: Sent[] = [];
  /** What programs asked to send: text by idempotency key. */
  const asked = new Map<string, { instanceId: number; to: Phone; text: string }>();
  let isAhead = false;
  let running: GatewayChild | null = null;

  function start(death: Death | null): GatewayChild {
    isAhead ||= death?.by === 'unit' && death.kill.unit === 'migration';
    const options: ProcessOptions = {
      env: {
        EAZEWA_PORT: '0',
        EAZEWA_DATA_DIR: folder,
        ...(database === null ? {} : { EAZEWA_DATABASE: database }),
        EAZEWA_ADMIN_TOKEN: token,
        EAZEWA_LOG_LEVEL: 'warn',
        EAZEWA_WHATSAPP_URL: simulator.url,
        EAZEWA_WHATSAPP_ROOT_KEY: Buffer.from(simulator.rootPublicKey).toString('hex'),
      },
      storeLatencyMs: 3,
      kill: death?.by === 'unit' ? death.kill : null,
      killSending: death?.by === 'sending' ? { when: death.when, nth: death.nth, port: receiver.port } : null,
      extraMigration: isAhead,
    };
    running = startGatewayChild(options);
    return running;
  }

  /** One message from each contact to each number, and one that a program asks for. */
  function traffic(): void {
    for (const instance of owners) {
      for (const from of contacts) {
        const text = `${from.name} to ${instance.name} ${sent.length}`;
        from.send(instance, text).catch((error: unknown) => assert.fail(String(error)));
        sent.push({ instance, from, text });
      }
    }
  }

  async function ask(api: Api): Promise<void> {
    for (const [index, instanceId] of [1, 2].entries()) {
      const to = contacts[index] ?? contacts[0]!;
      const text = `a program writes ${asked.size}`;
      const key = `key-${asked.size}`;
      asked.set(key, { instanceId, to, text });
      await askOnce(api, key).catch(() => undefined);
    }
  }

  function askOnce(api: Api, key: string) {
    const { instanceId, to, text } = asked.get(key)!;
    const body = { chatId: `${to.number}@c.us`, message: text };
    return api('POST', `/instances/${instanceId}/client/action/send-message`, body, {
      'idempotency-key': key,
    });
  }

  /** Writes messages until the gateway is dead, or until so many have passed that it will not die. */
  async function trafficUntilDead(child: GatewayChild, url: string | null): Promise<void> {
    for (let round = 0; round < 40 && !child.isGone(); round++) {
      traffic();
      if (url !== null && round % 3 === 0) void ask(apiOf(url, token));
      const target = receiver.requests.length + 4;
      await Promise.race([receiver.received(target), child.gone]);
    }
  }

  return {
    kills,
    sent,
    asked,
    requests: () => receiver.requests,

    /** Links both numbers, the way a person does. */
    async link(): Promise<void> {
      const child = start(null);
      const api = apiOf(await child.up, token);
      for (const [index, owner] of owners.entries()) {
        const path = `/hook/${index + 1}`;
        const url = receiver.url.replace('/hook', path);
        await api('POST', '/instances', { name: owner.name, webhook: { url, events: [...events] } });
        const isQr = (request: ReceivedRequest) => request.body?.event === 'qr' && request.path === path;
        await receiver.until((requests) => requests.some(isQr));
        await owner.scan(String(receiver.requests.find(isQr)?.body?.data['qr']));
      }
      await receiver.until((requests) => countOf(requests, 'ready') === owners.length);
      child.kill();
      kills.push((await child.gone).at);
    },

    /** Lets the gateway live until it dies in the given way. True when it did not die. */
    async dieOnce(death: Death): Promise<boolean> {
      const child = start(death);
      if (death.by === 'receiver') {
        const before = receiver.requests.length;
        receiver.answerWith(() => {
          if (receiver.requests.length < before + death.nth) return 200;
          child.kill();
          return 'hang';
        });
      }
      // Something waits in WhatsApp's queue while the gateway starts.
      traffic();
      const url = await Promise.race([child.up, child.gone.then(() => null)]).catch(() => null);
      await trafficUntilDead(child, url);
      if (!child.isGone()) return true;
      kills.push((await child.gone).at);
      receiver.answerWith(() => 200);
      return false;
    },

    /** Lives without a kill until all is delivered, then looks at everything once more. */
    async finish(): Promise<void> {
      const child = start(null);
      const api = apiOf(await child.up, token);
      const texts = new Set(sent.map(({ text }) => text));
      await receiver.until(
        (requests) => new Set(messagesOf(requests).map(({ text }) => text)).size >= texts.size,
      );
      await receiver.until((requests) => countOf(requests, 'message') >= texts.size);
      await untilReady(api);
      for (const [key, { text, to }] of asked) {
        const { body } = await askOnce(api, key);
        assert.equal((body['data'] as { status?: string }).status, 'success', JSON.stringify(body));
        await to.waitForMessage((message) => message.text === text);
      }
      await untilNothingPending(api);
      child.terminate();
      await child.gone;
      await assertNothingLeft(database ?? join(folder, 'eazewa.db'));

      const delivered = messagesOf(receiver.requests);
      assert.deepEqual(
        [...new Set(delivered.map(({ text }) => text))].toSorted(),
        [...texts].toSorted(),
        'every message',
      );
      for (const [text, of] of Map.groupBy(delivered, (message) => message.text)) {
        assert.equal(new Set(of.map(({ eventId }) => eventId)).size, 1, `"${text}" is one event`);
      }
      assert.deepEqual(disorder(receiver.requests), []);
      assert.deepEqual(brokenPromises(receiver.requests, { kills }), []);
      for (const owner of [1, 2]) {
        const qrs = receiver.requests.filter(
          ({ path, body }) => path === `/hook/${owner}` && body?.event === 'qr',
        );
        assert.equal(new Set(qrs.map(({ eventId }) => eventId)).size, 1, 'no second QR code was needed');
      }
      for (const contact of contacts) {
        const received = contact.messages.filter(({ fromMe }) => !fromMe);
        assert.equal(new Set(received.map(({ text }) => text)).size, received.length, 'each message once');
        assert.equal(contact.messages.filter(({ status }) => status === 'undecryptable').length, 0);
      }
    },

    async close(): Promise<void> {
      running?.kill();
      await running?.gone;
      await receiver.close();
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const events = ['qr', 'ready', 'message', 'message_create', 'message_ack'] as const;

async function untilReady(api: Api): Promise<void> {
  for (const id of [1, 2]) {
    await until(async () =>
      JSON.stringify(await api('GET', `/instances/${id}/client/status`)).includes('"ready"'),
    );
  }
}

/** The newest deliveries are the last to be settled. */
async function untilNothingPending(api: Api): Promise<void> {
  for (const id of [1, 2]) {
    await until(
      async () => !JSON.stringify(await api('GET', `/instances/${id}/deliveries`)).includes('"pending"'),
    );
  }
}

/** What the store says: nothing is owed any more, and no row was given up. */
async function assertNothingLeft(location: string): Promise<void> {
  const database = await openUnmigrated(location);
  const pending = await database.all(sql`select id from deliveries where state = 'pending'`);
  const open = await database.all(sql`select seq, kind, state, note from inbox where state <> 'done'`);
  await database.close();
  assert.deepEqual([pending, open], [[], []]);
}

interface ReceivedMessage {
  readonly lane: string;
  readonly eventId: string;
  readonly text: string;
}

function messagesOf(requests: readonly ReceivedRequest[]): ReceivedMessage[] {
  return requests.flatMap(({ body, lane, eventId }) => {
    if (body?.event !== 'message') return [];
    const { message } = body.data as { message: { body: string } };
    return [{ lane, eventId, text: message.body }];
  });
}

function countOf(requests: readonly ReceivedRequest[], event: string): number {
  return new Set(requests.filter(({ body }) => body?.event === event).map(({ eventId }) => eventId)).size;
}

/** Messages whose first arrival was after that of a later one of their chat; the number in the text tells. */
export function disorder(requests: readonly ReceivedRequest[]): string[] {
  const wrong: string[] = [];
  for (const [lane, messages] of Map.groupBy(messagesOf(requests), (message) => message.lane)) {
    const numbers = [...new Set(messages.map(({ text }) => Number(text.split(' ').at(-1))))];
    numbers.forEach((number, index) => {
      const before = numbers[index - 1];
      if (before !== undefined && before > number) wrong.push(`${lane}: ${before} came before ${number}`);
    });
  }
  return wrong;
}
