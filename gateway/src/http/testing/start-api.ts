import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { Value } from 'typebox/value';
import { Addresses } from '../../chats/addresses.ts';
import { createChatNames } from '../../chats/chat-names.ts';
import type { Database } from '../../database/database.ts';
import { openDatabase } from '../../database/open-database.ts';
import { urlProblem } from '../../reach/guard-address.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { createLog } from '../../log.ts';
import { inspectInbox } from '../../inbox/inspect-inbox.ts';
import { retryAllParked, retryParked } from '../../inbox/retry-parked.ts';
import { createMediaLinks } from '../../media/media-links.ts';
import { Metrics } from '../../metrics.ts';
import { createDeliveryLog } from '../../outbox/delivery-log.ts';
import { createReplays } from '../../outbox/replays.ts';
import { EventSignals } from '../../outbox/event-signals.ts';
import { hasWaiting } from '../../outbox/waiting-deliveries.ts';
import { eventRange, listEvents } from '../../outbox/list-events.ts';
import { createTokens, type Tokens } from '../../tokens/token-store.ts';
import { permissions } from '../../tokens/token.ts';
import { createVault } from '../../vault.ts';
import { openWebhooks, type Webhooks } from '../../webhooks/webhooks.ts';
import type { HttpDeps } from '../deps.ts';
import { allRoutes } from '../routes.ts';
import { createHttpServer } from '../server.ts';
import { createStubInstances, type StubInstances } from './stub-instances.ts';
import { createStubMessages, type SentFile, type SentMessage } from './stub-messages.ts';

export interface Api {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly tokens: Tokens;
  readonly webhooks: Webhooks;
  readonly instances: StubInstances;
  readonly sent: SentMessage[];
  readonly files: SentFile[];
  /** Messages that are kept, by the id that finds them. */
  readonly known: Map<string, MessageData>;
  readonly logged: string[];
  /** A token that may do everything. */
  readonly token: string;
  readonly deps: HttpDeps;
  readonly clock: FakeClock;
  /**
   * Sends a request with the token, and checks that an answer with 200 or 201 has the shape that the documentation gives it.
   */
  call(method: Method, path: string, request?: ApiRequest): Promise<ApiAnswer>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD' | 'OPTIONS';

export interface ApiRequest {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the one that may do everything; null for none. */
  readonly token?: string | null;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed; the text itself when it is not JSON. */
  readonly body: unknown;
}

/** The API on a real database, with instances and messages that have no WhatsApp behind them. */
export async function startApi(t: TestContext, changes: Partial<HttpDeps> = {}): Promise<Api> {
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-http-'));
  const db = await openDatabase(join(folder, 'test.db'));
  const clock = new FakeClock();
  const instances = createStubInstances();
  const sent: SentMessage[] = [];
  const files: SentFile[] = [];
  const known = new Map<string, MessageData>();
  const logged: string[] = [];
  const tokens = createTokens(db, clock);
  const webhooks = await openWebhooks(db, clock, createVault(new Uint8Array(32)));
  const replays = createReplays({
    database: db,
    clock,
    log: createLog('silent'),
    webhook: (id) => webhooks.get(id),
    onMade() {},
    onDropped() {},
  });
  const deps: HttpDeps = {
    instances,
    messages: createStubMessages(instances, { sent, files, known }),
    media: { fetch: () => assert.fail('a test that fetches brings media along'), open: () => assert.fail() },
    mediaLinks: createMediaLinks(new Uint8Array(32), 3_600_000, () => clock.now()),
    webhooks,
    tokens,
    checkWebhookUrl: checkUrl,
    hasWaiting: (webhookId) => hasWaiting(db, webhookId),
    backlogOf: () => ({ deliveries: 2, bytes: 500, oldestAt: 1_700_000_000_000, isCounted: true }),
    sendTest: () => assert.fail('a test that sends one brings a sender along'),
    randomBytes: (count) => new Uint8Array(count).fill(7),
    chats: createChatNames(db),
    deliveries: createDeliveryLog({ database: db, webhook: (id) => webhooks.get(id), onReleased() {} }),
    replays,
    eventLog: {
      read: (page) => listEvents(db, page),
      range: (instanceId) => eventRange(db, instanceId),
      signals: new EventSignals(),
    },
    inspectInbox: (instanceId, limit) => inspectInbox(db, new Addresses(db, instanceId), instanceId, limit),
    async retryParked(instanceId, seq) {
      if (seq === null) return retryAllParked(db, instanceId);
      await retryParked(db, instanceId, seq);
      return 1;
    },
    metrics: new Metrics(),
    config: { bodyLimitBytes: 100_000, mediaLimitBytes: 300_000, publicUrl: 'https://wa.example.com' },
    log: createLog('debug', { write: (line) => logged.push(line) }),
    clock,
    ...changes,
  };
  const app = createHttpServer(deps);
  t.after(async () => {
    await app.close();
    await replays.stop();
    await db.close();
    await rm(folder, { recursive: true, force: true });
  });
  const { text: token } = await tokens.create({ name: 'test', permissions, instanceIds: null });
  return {
    app,
    db,
    tokens,
    webhooks,
    instances,
    sent,
    files,
    known,
    logged,
    token,
    deps,
    clock,
    call: (method, path, request = {}) => call(app, deps, method, path, { token, ...request }),
  };
}

async function call(
  app: FastifyInstance,
  deps: HttpDeps,
  method: Method,
  path: string,
  { json, raw, headers, token }: ApiRequest,
): Promise<ApiAnswer> {
  const options: InjectOptions = {
    method,
    url: path,
    headers: {
      ...(token === null || token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  };
  const payload = json === undefined ? raw : JSON.stringify(json);
  const response = await app.inject(payload === undefined ? options : { ...options, payload });
  const isJson = response.headers['content-type']?.toString().startsWith('application/json') === true;
  const body: unknown = isJson && response.body !== '' ? JSON.parse(response.body) : response.body;
  if ([200, 201].includes(response.statusCode) && method !== 'HEAD') checkShape(deps, method, path, body);
  return { status: response.statusCode, headers: response.headers, body };
}

function checkShape(deps: HttpDeps, method: Method, path: string, body: unknown): void {
  const route = allRoutes(deps).find((each) => {
    const pattern = new RegExp(`^/api/v1${each.path.replaceAll(/:\w+/g, '[^/]+')}/?(\\?.*)?$`);
    return each.method === method && pattern.test(path);
  });
  if (!route?.answer) return;
  const errors = Value.Errors(route.answer, body);
  assert.deepEqual(
    errors,
    [],
    `${method} ${path} answers in another shape than documented: ${JSON.stringify(body)}`,
  );
}

const loopback = {
  allowLoopback: true,
  allowedRanges: [],
  setting: 'EAZEWA_ALLOW_WEBHOOK_ADDRESSES',
  ownAddresses: [],
};

function checkUrl(url: string): string | null {
  return urlProblem(url, loopback);
}
