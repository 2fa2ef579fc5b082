import { Type } from 'typebox';
import { deliveryStates, type DeliveryRecord } from '../outbox/delivery-record.ts';

const Time = Type.Integer({ description: 'Milliseconds since 1970.' });
const Text = Type.Union([Type.String(), Type.Null()]);
const NumberOrNull = Type.Union([Type.Integer(), Type.Null()]);

const Attempt = Type.Object({
  number: Type.Integer({ description: 'Counted from 1.' }),
  count: Type.Integer({ description: 'How many attempts in a row ended like this.' }),
  outcome: Type.Enum(['silence', 'deferred', 'delivered', 'rejected'], {
    description: '`deferred`: a response after which the same is sent again, as the webhook wants it.',
  }),
  status: Type.Union([Type.Integer(), Type.Null()], {
    description: "The response's status; null without one.",
  }),
  reason: Text,
  phase: Type.Union([Type.String(), Type.Null()], {
    description: 'How far the last one without a response came.',
  }),
  detail: Type.Union([Type.String(), Type.Null()], { description: "What the last one's error said." }),
  response: Type.Union(
    [
      Type.Object({
        head: Type.String({ description: 'Status line and headers.' }),
        body: Type.String({ description: 'The first bytes.' }),
      }),
      Type.Null(),
    ],
    { description: 'What came back from the last one. Control characters read `\\n` or `\\u0000`.' },
  ),
  firstAt: Time,
  lastAt: Time,
  durationMs: NumberOrNull,
});

const fields = {
  id: Type.Integer(),
  webhookId: Type.Integer(),
  event: Type.String(),
  eventId: Type.String(),
  chat: Type.Union(
    [
      Type.Object({
        number: Type.Integer({ description: 'Its number here, whatever its address.' }),
        id: Text,
      }),
      Type.Null(),
    ],
    { description: 'null for what concerns the instance itself.' },
  ),
  messageId: Type.Union([Type.String(), Type.Null()], {
    description: 'Of the message that the event is about.',
  }),
  replayId: Type.Union([Type.Integer(), Type.Null()], { description: 'The replay that made it.' }),
  isReplay: Type.Boolean(),
  bodyBytes: Type.Integer({ description: 'Size of the body that is sent.' }),
  state: Type.Enum([...deliveryStates]),
  reason: Text,
  createdAt: Time,
  settledAt: Type.Union([Time, Type.Null()]),
  attemptsMade: Type.Integer({ description: 'In all, also those that are not listed any more.' }),
  attempts: Type.Array(Attempt),
};

export const Delivery = Type.Object(fields);

export const DeliveryWithBody = Type.Object({
  ...fields,
  body: Type.Unknown({ description: 'What is sent, as JSON.' }),
});

/** A delivery as the API shows it. `contacts`: ids of chats as receivers know them. */
export function deliveryResource(delivery: DeliveryRecord, contacts: ReadonlyMap<number, string>) {
  const { id, webhookId, event, chatId, messageId, replayId, bodyBytes, state, reason } = delivery;
  return {
    id,
    webhookId,
    event: event.name,
    eventId: event.id,
    chat: chatId === null ? null : { number: chatId, id: contacts.get(chatId) ?? null },
    messageId,
    replayId,
    isReplay: replayId !== null,
    bodyBytes,
    state,
    reason,
    createdAt: delivery.createdAt,
    settledAt: delivery.settledAt,
    attemptsMade: delivery.attempts,
    attempts: delivery.attemptLog,
  };
}

export function withBody(delivery: DeliveryRecord, contacts: ReadonlyMap<number, string>, body: Uint8Array) {
  const sent: unknown = JSON.parse(Buffer.from(body).toString());
  return { ...deliveryResource(delivery, contacts), body: sent };
}
