import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { createChatNames } from '../chats/chat-names.ts';
import { createHttpServer } from '../http/server.ts';
import { inspectInbox } from '../inbox/inspect-inbox.ts';
import type { Metrics } from '../metrics.ts';
import { hasWaiting } from '../outbox/waiting-deliveries.ts';
import { eventRange, listEvents } from '../outbox/list-events.ts';
import { urlProblem, type AddressPolicy } from '../reach/guard-address.ts';
import { createTokens } from '../tokens/token-store.ts';
import type { Deliveries } from './deliveries.ts';
import type { Files } from './files.ts';
import type { Ground } from './ground.ts';
import type { Numbers } from './numbers.ts';

export interface ApiParts {
  readonly metrics: Metrics;
  readonly policy: AddressPolicy;
  readonly deliveries: Deliveries;
  readonly files: Files;
  readonly numbers: Numbers;
}

/** The HTTP API over all parts; it is not listening yet. */
export function createApi(ground: Ground, parts: ApiParts): FastifyInstance {
  const { config, clock, log, database, webhooks } = ground;
  const { metrics, policy, deliveries, files, numbers } = parts;
  const { instances, inboxes, messages, signals } = numbers;
  return createHttpServer({
    metrics,
    instances,
    messages,
    media: files.media,
    mediaLinks: files.mediaLinks,
    webhooks,
    tokens: createTokens(database, clock),
    hasWaiting: (webhookId) => hasWaiting(database, webhookId),
    backlogOf: (webhookId) => deliveries.operations.backlogOf(webhookId),
    sendTest: deliveries.sendTest,
    randomBytes,
    chats: createChatNames(database),
    deliveries: deliveries.log,
    replays: deliveries.replays,
    eventLog: {
      read: (page) => listEvents(database, page),
      range: (instanceId) => eventRange(database, instanceId),
      signals,
    },
    inspectInbox: async (instanceId, limit) => {
      const { inbox } = await inboxes.open(instanceId);
      return inspectInbox(database, inbox.addresses, instanceId, limit);
    },
    retryParked: (instanceId, seq) => inboxes.retryParked(instanceId, seq),
    checkWebhookUrl: (url) => urlProblem(url, policy),
    config,
    log,
    clock,
  });
}
