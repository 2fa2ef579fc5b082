import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { startSimulator, type Phone } from '@eazewa/simulator';
import { brokenPromises, startReceiver, type ReceivedRequest } from '../src/delivery/testing/receiver.ts';
import { apiOf, type Api } from './support/api.ts';
import { startGatewayChild, type GatewayChild } from './support/gateway-child.ts';
import type { ProcessOptions } from './support/gateway-process.ts';
import type { Kill } from './support/killing-database.ts';
import { seededRandom } from './support/numbers.ts';
import { until } from './support/until.ts';

const seed = Number(process.env['SURVIVAL_SEED'] ?? 20_261_122);
const token = 'survival-test-token-0123456789-0123456789';

/** How one life of the gateway ends. */
type Death =
  | { readonly by: 'unit'; readonly kill: Kill }
  | { readonly by: 'sending'; readonly when: 'connecting' | 'half-written'; readonly nth: number }
  /** The receiver has read the whole request and has not answered. */
  | { readonly by: 'receiver'; readonly nth: number };

const unit = (when: Kill['when'], kind: Kill['unit'], nth: number): Death => ({
  by: 'unit',
  kill: { when, unit: kind, nth },
});

/** Each point of the fault list once. */
const named: readonly (readonly [string, Death])[] = [
  ['before the stanza is stored', unit('before', 'stanza', 3)],
  ['while the stanza is stored', unit('during', 'stanza', 4)],
  ['stanza stored, not decrypted', unit('after', 'stanza', 3)],
  ['decrypted, ratchet not stored', unit('before', 'ratchet', 2)],
  ['while ratchet and plaintext are stored', unit('during', 'ratchet', 3)],
  ['ratchet and plaintext stored, no receipt yet', unit('after', 'ratchet', 3)],
  ['before the event is appended', unit('before', 'append', 3)],
  ['while the event is appended', unit('during', 'append', 4)],
  ['event appended, nobody woken', unit('after', 'append', 3)],
  ['lane chosen, connecting', { by: 'sending', when: 'connecting', nth: 1 }],
  ['request half written', { by: 'sending', when: 'half-written', nth: 1 }],
  ['request written, no answer', { by: 'receiver', nth: 3 }],
  ['answered, before it is settled', unit('before', 'settle', 3)],
  ['while it is settled', unit('during', 'settle', 3)],
  ['settled, before the next', unit('after', 'settle', 3)],
  ['while old rows are removed', unit('during', 'retention', 1)],
  ['while the tables are changed, with a backlog', unit('during', 'migration', 1)],
  ['message to send stored, not sent', unit('after', 'outgoing', 1)],
];

/** Moments that nobody thought of. */
function seeded(count: number): (readonly [string, Death])[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const when = (['before', 'during', 'after'] as const)[Math.floor(random() * 3)] ?? 'during';
    const nth = 1 + Math.floor(random() * 60);
    return [`${when} commit ${nth}`, unit(when, 'any', nth)] as const;
  });
}

test(
  'every message is in a webhook, in order per chat, through kills at every point',
  { timeout: 600_000 },
  async (t) => {
    const deaths = [...named, ...seeded(10)];
    t.diagnostic(`seed ${seed}, ${deaths.length} kills`);
    const world = await startWorld();
    try {
      await world.link();
      for (const [name, death] of deaths) {
        const survived = await world.dieOnce(death);
        assert.equal(survived, false, `the gateway was never at the point "${name}"`);
        assert.deepEqual(
          brokenPromises(world.requests(), { kills: world.kills }),
          [],
          `after the kill "${name}"`,
        );
        assert.deepEqual(disorder(world.requests()), [], `after the kill "${name}"`);
      }
      await world.finish();
      t.diagnostic(
        `${world.sent.length} messages received, ${world.asked.size} sent, ${world.requests().length} requests`,
      );
    } finally {
      await world.close();
    }
  },
);

interface Sent {
  readonly instance: Phone;
  readonly from: Phone;
  readonly text: string;
}

async function startWorld() {
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
      await nothingLeft(join(folder, 'eazewa.db'));
      child.terminate();
      await child.gone;

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

/** What the store says, read beside the gateway: nothing is owed any more, and no row was given up. */
async function nothingLeft(path: string): Promise<void> {
  const database = new DatabaseSync(path, { readOnly: true });
  const count = (query: string) => Number(database.prepare(query).get()?.['n']);
  await until(() => count(`select count(*) as n from deliveries where state = 'pending'`) === 0);
  await until(() => count(`select count(*) as n from inbox where state in ('undecided', 'decided')`) === 0);
  const parked = database.prepare(`select seq, kind, note from inbox where state = 'parked'`).all();
  database.close();
  assert.deepEqual(parked, []);
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
function disorder(requests: readonly ReceivedRequest[]): string[] {
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
