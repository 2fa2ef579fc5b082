import { Type } from 'typebox';
import { mask } from '../webhooks/requested-changes.ts';
import { aliveSecrets } from '../webhooks/signing-secret.ts';
import { subscriptionSources, type Webhook } from '../webhooks/webhook.ts';
import { EventNames } from './envelopes.ts';

const Time = Type.String({ description: 'ISO 8601.', examples: ['2026-11-26T22:00:00.000Z'] });
const Hidden = Type.Literal(mask);

export const WebhookResource = Type.Object({
  id: Type.Integer(),
  instanceId: Type.Integer(),
  url: Type.Union([Type.String(), Type.Null()]),
  events: EventNames,
  source: Type.Enum(['instance', ...subscriptionSources], {
    description: 'Who made it; instance: it is the one of Update Instance.',
  }),
  isActive: Type.Boolean(),
  createdAt: Time,
  isSigned: Type.Boolean(),
  oldSecretUntil: Type.Union([Time, Type.Null()], {
    description: 'Until then the secret before the present one signs along.',
  }),
  headers: Type.Record(Type.String(), Hidden),
  deadlineMs: Type.Union([Type.Integer(), Type.Null()]),
  ordering: Type.Enum(['chat', 'instance']),
  retryPolicy: Type.Enum(['eazewa', 'reliable']),
  retryStatuses: Type.Optional(Type.Array(Type.Integer())),
  retryMaxAgeMs: Type.Optional(Type.Integer()),
  ratePerSecond: Type.Union([Type.Number(), Type.Null()]),
  verifyTls: Type.Boolean(),
  ca: Type.Union([Type.String(), Type.Null()]),
  clientCertificate: Type.Union([Type.String(), Type.Null()]),
  clientKey: Type.Union([Hidden, Type.Null()]),
  quota: Type.Object({
    deliveriesMax: Type.Integer(),
    bytesMax: Type.Integer(),
    ageMsMax: Type.Union([Type.Integer(), Type.Null()]),
    whenReached: Type.Enum(['pause', 'drop_oldest']),
  }),
  media: Type.Object({ inline: Type.Boolean(), bytesMax: Type.Integer() }),
});

/** A webhook as the API shows it: everything but its secrets. */
export function webhookResource(webhook: Webhook, nowMs: number) {
  const { id, instanceId, url, events, source, isActive, createdAt, options, secrets } = webhook;
  const { retry, ...others } = options;
  const { policy, ...reliable } = retry;
  const signing = aliveSecrets(secrets.signing, nowMs);
  const until = signing.find((secret) => secret.until !== null)?.until ?? null;
  return {
    id,
    instanceId,
    url,
    events,
    source,
    isActive,
    createdAt: new Date(createdAt).toISOString(),
    isSigned: signing.length > 0,
    oldSecretUntil: until === null ? null : new Date(until).toISOString(),
    headers: Object.fromEntries(Object.keys(secrets.headers).map((name) => [name, mask])),
    ...others,
    retryPolicy: policy,
    ...('statuses' in reliable ? { retryStatuses: reliable.statuses, retryMaxAgeMs: reliable.maxAgeMs } : {}),
    clientCertificate: secrets.client?.certificate ?? null,
    clientKey: secrets.client === null ? null : mask,
  };
}
