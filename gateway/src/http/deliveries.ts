import { Type } from 'typebox';
import { GatewayError } from '../errors.ts';
import { filterFields, filterOf, type FilterQuery } from './delivery-filter.ts';
import { Delivery, deliveryResource, DeliveryWithBody, withBody } from './delivery-resource.ts';
import type { HttpDeps } from './deps.ts';
import { givenNumber } from './envelopes.ts';
import { route, type Call, type Route } from './route.ts';

const tag = 'deliveries';
const Links = Type.Object({ self: Type.String() });
const OneDelivery = Type.Object({
  delivery: DeliveryWithBody,
  links: Links,
  status: Type.Literal('success'),
});

/** What became of the events that a webhook was owed; the contract has nothing like it. */
export function deliveryRoutes({ deliveries, chats }: HttpDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/instances/:id/deliveries',
      permission: 'read',
      operationId: 'list-deliveries',
      summary: 'Deliveries of an instance',
      description:
        'Newest first, with every attempt and what came of it. `links.next` leads to older ones; with a filter that lets few through a page may be short, or empty, and still have it.',
      tag,
      query: Type.Object(
        {
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
          before: Type.Optional(givenNumber('Only deliveries with a smaller id.')),
          ...filterFields,
        },
        { additionalProperties: false },
      ),
      answer: Type.Object({
        deliveries: Type.Array(Delivery),
        links: Type.Object({ next: Type.Union([Type.String(), Type.Null()]) }),
        status: Type.Literal('success'),
      }),
      async handle(call) {
        const { id } = await call.instance();
        const { limit = 50, before } = call.query;
        const filter = await filterOf(id, call.query, chats);
        const nothing = { deliveries: [], next: null };
        const found = filter === null ? nothing : await deliveries.list({ ...filter, limit, before });
        const names = await chats.contactsOf(id, [
          ...new Set(found.deliveries.flatMap(({ chatId }) => chatId ?? [])),
        ]);
        return {
          deliveries: found.deliveries.map((delivery) => deliveryResource(delivery, names)),
          links: { next: found.next === null ? null : nextLink(call.self, call.query, limit, found.next) },
          status: 'success',
        };
      },
    }),
    route({
      method: 'GET',
      path: '/instances/:id/deliveries/:deliveryId',
      permission: 'read',
      operationId: 'get-delivery',
      summary: 'One delivery',
      description: 'With the body that is sent, which has the text of messages.',
      tag,
      answer: OneDelivery,
      async handle(call) {
        const { id } = await call.instance();
        const { delivery, body } = await deliveries.get(id, numberOf(call, 'deliveryId', 'delivery'));
        const names = await chats.contactsOf(id, delivery.chatId === null ? [] : [delivery.chatId]);
        return { delivery: withBody(delivery, names, body), links: { self: call.self }, status: 'success' };
      },
    }),
    route({
      method: 'POST',
      path: '/instances/:id/deliveries/:deliveryId/release',
      permission: 'update',
      operationId: 'release-delivery',
      summary: 'Send a parked delivery after all',
      description: 'It waits again, beside the live events of its chat. Only a parked one can be released.',
      tag,
      answer: OneDelivery,
      async handle(call) {
        const { id } = await call.instance();
        const deliveryId = numberOf(call, 'deliveryId', 'delivery');
        const { delivery, body } = await deliveries.release(id, deliveryId);
        const names = await chats.contactsOf(id, delivery.chatId === null ? [] : [delivery.chatId]);
        return { delivery: withBody(delivery, names, body), links: { self: call.self }, status: 'success' };
      },
    }),
    route({
      method: 'POST',
      path: '/instances/:id/deliveries/release',
      permission: 'update',
      operationId: 'release-deliveries',
      summary: 'Send all parked deliveries of a webhook after all',
      tag,
      body: Type.Object({ webhookId: givenNumber() }),
      answer: Type.Object({ released: Type.Integer(), links: Links, status: Type.Literal('success') }),
      async handle(call) {
        const { id } = await call.instance();
        const released = await deliveries.releaseAll(id, call.body.webhookId);
        return { released, links: { self: call.self }, status: 'success' };
      },
    }),
  ];
}

/** The number in the path; what is none is not there. */
export function numberOf(call: Call, name: string, what: string): number {
  const text = call.parameter(name);
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new GatewayError('not_found', `There is no ${what} ${text}.`);
}

/** The same filter, further on. */
function nextLink(self: string, query: FilterQuery, limit: number, before: number): string {
  const next = new URLSearchParams({ limit: String(limit), before: String(before) });
  for (const name of Object.keys(filterFields)) {
    const value: unknown = Reflect.get(query, name);
    if (typeof value === 'string' || typeof value === 'number') next.set(name, String(value));
  }
  return `${self}?${next.toString()}`;
}
