import { Type } from 'typebox';
import type { DeliveryRecord, DeliveryState } from '../outbox/list-deliveries.ts';
import type { HttpDeps } from './deps.ts';
import { route, type Route } from './route.ts';

const states: DeliveryState[] = ['pending', 'delivered', 'rejected', 'dropped', 'parked'];
const Time = Type.Integer({ description: 'Milliseconds since 1970.' });
const Text = Type.Union([Type.String(), Type.Null()]);

const Attempt = Type.Object({
  number: Type.Integer({ description: 'Counted from 1.' }),
  count: Type.Integer({ description: 'How many attempts in a row ended like this.' }),
  outcome: Type.Enum(['silence', 'delivered', 'rejected']),
  status: Type.Union([Type.Integer(), Type.Null()], {
    description: "The response's status; null without one.",
  }),
  reason: Text,
  firstAt: Time,
  lastAt: Time,
  durationMs: Type.Union([Type.Integer(), Type.Null()]),
});

const Delivery = Type.Object({
  id: Type.Integer(),
  event: Type.String(),
  eventId: Type.String(),
  state: Type.Enum(states),
  reason: Text,
  createdAt: Time,
  settledAt: Type.Union([Time, Type.Null()]),
  attempts: Type.Array(Attempt),
});

/** What became of the events that a webhook was owed; the contract has nothing like it. */
export function deliveryRoutes({ listDeliveries }: HttpDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/instances/:id/deliveries',
      permission: 'read',
      operationId: 'list-deliveries',
      summary: 'Deliveries of an instance',
      description: 'Newest first, with every attempt and what came of it. `links.next` leads to older ones.',
      tag: 'deliveries',
      query: Type.Object({
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
        before: Type.Optional(
          Type.Integer({ minimum: 1, description: 'Only deliveries with a smaller id.' }),
        ),
      }),
      answer: Type.Object({
        deliveries: Type.Array(Delivery),
        links: Type.Object({ next: Text }),
        status: Type.Literal('success'),
      }),
      async handle(call) {
        const { id } = await call.instance();
        const { limit = 50, before } = call.query;
        const found = await listDeliveries({ instanceId: id, limit, before });
        const last = found.length === limit ? found.at(-1) : undefined;
        const next = last ? `${call.self}?limit=${limit}&before=${last.id}` : null;
        return { deliveries: found.map(deliveryResource), links: { next }, status: 'success' };
      },
    }),
  ];
}

function deliveryResource({ id, event, state, reason, createdAt, settledAt, attemptLog }: DeliveryRecord) {
  return {
    id,
    event: event.name,
    eventId: event.id,
    state,
    reason,
    createdAt,
    settledAt,
    attempts: attemptLog,
  };
}
