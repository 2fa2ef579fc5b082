import { eventNames } from '@eazewa/sdk/events';
import { Type, type TSchema } from 'typebox';
import type { GatewayError } from '../errors.ts';
import type { Instance, InstanceState } from '../instances/instance.ts';
import type { Webhook } from '../webhooks/webhook.ts';

/**
 * The shapes of the contract's answers. There are two statuses: the outer one says that the request reached the
 * instance, the inner one whether what was asked for was carried out.
 */

const success = 'success';

/** More than there ever are, and few enough digits for every place that they get to. */
export const numberMax = 999_999_999_999_999;

/** The number of a webhook, a delivery or a replay, as callers give it. */
export const givenNumber = (description?: string) =>
  Type.Integer({ minimum: 1, maximum: numberMax, ...(description === undefined ? {} : { description }) });

export const EventNames = Type.Array(Type.Enum([...eventNames]), { maxItems: 100 });

export const InstanceResource = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  owner: Type.String(),
  webhook_url: Type.Union([Type.String(), Type.Null()]),
  webhook_events: Type.Array(Type.Enum([...eventNames])),
  is_trial: Type.Boolean(),
});

/** An instance as the lists show it. One operator owns them all; there are no trials. */
export function instanceResource({ id, name }: Instance, webhook: Webhook | undefined) {
  return {
    id,
    name,
    owner: 'admin',
    webhook_url: webhook?.url ?? null,
    webhook_events: webhook?.events ?? [],
    is_trial: false,
  };
}

const states: InstanceState[] = [
  'booting',
  'loading_screen',
  'qr',
  'authenticated',
  'ready',
  'auth_failure',
  'disconnected',
];

export const ClientStatus = Type.Object({
  status: Type.Literal(success),
  instanceId: Type.String(),
  name: Type.String(),
  data: Type.Null(),
  instanceStatus: Type.Enum(states),
  instanceWebhook: Type.Union([Type.String(), Type.Null()]),
  instanceEvents: Type.Array(Type.Enum([...eventNames])),
  instanceStatusReason: Type.Optional(
    Type.String({
      description: 'Why it has that status, in plain words; only when there is something to say.',
    }),
  ),
});

export function clientStatus(instance: Instance, webhook: Webhook | undefined) {
  return {
    status: success,
    instanceId: String(instance.id),
    name: instance.name,
    data: null,
    instanceStatus: instance.state,
    instanceWebhook: webhook?.url ?? null,
    instanceEvents: webhook?.events ?? [],
    ...(instance.stateReason === null ? {} : { instanceStatusReason: instance.stateReason }),
  };
}

const Links = Type.Object({ self: Type.String() });
const Failed = Type.Object({
  status: Type.Literal('error'),
  instanceId: Type.String(),
  message: Type.String(),
  explanation: Type.Optional(Type.String()),
});

/** An answer under its key. */
export function Answer(key: string, shape: TSchema): TSchema {
  return Type.Object({ [key]: shape, links: Links, status: Type.Literal(success) });
}

/** An answer of the instance under its key, or in its place why there is none. */
export function AnswerOrRefusal(key: string, shape: TSchema): TSchema {
  return Type.Object({
    [key]: Type.Union([Told(shape), Failed]),
    links: Type.Optional(Links),
    status: Type.Literal(success),
  });
}

/** What an instance tells: the inner envelope. */
function Told(data: TSchema): TSchema {
  return Type.Object({ status: Type.Literal(success), instanceId: Type.String(), data });
}

export function told(instanceId: number, data: unknown) {
  return { status: success, instanceId: String(instanceId), data };
}

/** The answer of an action that was carried out. */
export function actionDone(instanceId: number, self: string, data: unknown) {
  return { data: told(instanceId, data), links: { self }, status: success };
}

/** The answer of an action that was refused or failed. */
export function actionFailed(instanceId: string, self: string, { message, details }: GatewayError) {
  const explanation = details.explanation ?? message;
  return { data: { status: 'error', instanceId, message, explanation }, links: { self }, status: success };
}

export const Problem = Type.Object({ message: Type.String() });
export const InvalidFields = Type.Object({
  message: Type.String(),
  errors: Type.Record(Type.String(), Type.Array(Type.String())),
});
