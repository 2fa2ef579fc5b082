import { eventNames, type EventName } from '@eazewa/sdk/events';
import { Type, type Static } from 'typebox';
import type { ChatNames } from '../chats/chat-names.ts';
import { parseChatId, parseMessageId } from '../jid.ts';
import { deliveryStates } from '../outbox/delivery-record.ts';
import type { DeliveryFilter } from '../outbox/list-deliveries.ts';
import { givenNumber } from './envelopes.ts';
import { knownNames } from './known-names.ts';
import { invalidField, periodOf, TimeText } from './times.ts';

/** The filters of the delivery log, as a query has them. */
export const filterFields = {
  webhookId: Type.Optional(givenNumber()),
  states: Type.Optional(
    Type.String({
      maxLength: 1000,
      description: `One or several, with commas between: ${deliveryStates.join(', ')}.`,
    }),
  ),
  events: Type.Optional(Type.String({ maxLength: 1000, description: 'Names, with commas between.' })),
  chatId: Type.Optional(
    Type.String({
      maxLength: 100,
      description: "`4917…@c.us`, `…@g.us` or `…@lid`, or the chat's own number in this log.",
    }),
  ),
  messageId: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 400,
      description: 'Of the message that the events are about: `false_4917…@c.us_3EB0…` or only `3EB0…`.',
    }),
  ),
  replayId: Type.Optional(givenNumber()),
  since: Type.Optional(TimeText),
  until: Type.Optional(TimeText),
};

const FilterQuery = Type.Object(filterFields);
export type FilterQuery = Static<typeof FilterQuery>;

/**
 * What the query asks for; null when it asks for a chat or message that cannot be there, so for nothing.
 *
 * @throws GatewayError `invalid_request` naming the field that cannot be understood.
 */
export async function filterOf(
  instanceId: number,
  query: FilterQuery,
  chats: ChatNames,
): Promise<DeliveryFilter | null> {
  const { webhookId, replayId } = query;
  const chatIds = query.chatId === undefined ? undefined : await chatsOf(instanceId, query.chatId, chats);
  const messageId = query.messageId === undefined ? undefined : bareId(query.messageId);
  if (chatIds?.length === 0 || messageId === null) return null;
  return {
    instanceId,
    webhookId,
    replayId,
    chatIds,
    states: knownNames('states', query.states, deliveryStates),
    events: knownNames<EventName>('events', query.events, eventNames),
    messageId,
    ...periodOf(query),
  };
}

async function chatsOf(instanceId: number, text: string, chats: ChatNames): Promise<readonly number[]> {
  if (/^[1-9]\d{0,14}$/.test(text)) return [Number(text)];
  const parsed = parseChatId(text);
  if ('problem' in parsed) throw invalidField('chatId', parsed.problem.explanation);
  return chats.find(instanceId, parsed.jid);
}

/** As the log keeps it; null for what no message has. */
function bareId(text: string): string | null {
  const id = parseMessageId(text)?.id ?? text;
  return /^[!-~]+$/.test(id) ? id.slice(0, 200) : null;
}
