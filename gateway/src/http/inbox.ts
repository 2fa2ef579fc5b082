import { Type } from 'typebox';
import { gapKinds } from '../inbox/gaps.ts';
import { inboxKinds } from '../inbox/inbox-rows.ts';
import type { UnreadableMessage } from '../inbox/inspect-inbox.ts';
import { numberOf } from './deliveries.ts';
import type { HttpDeps } from './deps.ts';
import { route, type Route } from './route.ts';

const Time = Type.Integer({ description: 'Milliseconds since 1970.' });
const TimeOrNull = Type.Union([Time, Type.Null()]);

const Parked = Type.Object({
  seq: Type.Integer({ description: 'Its number in the order of the wire.' }),
  kind: Type.Enum([...inboxKinds]),
  note: Type.String({ description: 'Why nothing could be made of it.' }),
  receivedAt: Time,
});

const Unreadable = Type.Object({
  messageId: Type.String(),
  chatId: Type.String(),
  author: Type.String({ description: 'Who wrote it.' }),
  fromMe: Type.Boolean(),
  reason: Type.String(),
  state: Type.Enum(['waiting', 'lost'], {
    description: '`waiting`: the sender and the own phone are asked for it. `lost`: nobody answered.',
  }),
  asked: Type.Integer({ description: 'At how many logins the own phone was asked for it.' }),
  receivedAt: Time,
  settledAt: TimeOrNull,
});

const Gap = Type.Object({
  kind: Type.Enum([...gapKinds]),
  announced: Type.Integer({ description: 'So many had WhatsApp kept while the instance was away.' }),
  received: Type.Integer({ description: 'So many of them came.' }),
  recovered: Type.Integer({ description: "So many messages were found since, in the own phone's history." }),
  state: Type.Enum(['open', 'closed'], { description: '`closed`: nothing is missing any more.' }),
  detectedAt: Time,
  closedAt: TimeOrNull,
});

const Retried = Type.Object({
  retried: Type.Integer({ description: 'So many rows wait for the drain again.' }),
  links: Type.Object({ self: Type.String() }),
  status: Type.Literal('success'),
});

const afterAll =
  'Its events come after later ones of its chat, and none of them twice. What still cannot be read is parked again, with the reason.';

const listLimit = 50;

/** What came and could not be told, and what never came; the contract has nothing like it. */
export function inboxRoutes({ inspectInbox, retryParked }: HttpDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/instances/:id/inbox',
      permission: 'read',
      operationId: 'inspect-inbox',
      summary: 'What could not be told',
      description:
        'What WhatsApp sent and no event tells: rows that wait, rows that nothing could be made of, messages without their content, and gaps in what WhatsApp delivered. At most 50 of each, newest first.',
      tag: 'inbox',
      answer: Type.Object({
        inbox: Type.Object({
          waiting: Type.Object({ count: Type.Integer(), oldestAt: TimeOrNull }),
          parked: Type.Array(Parked),
          unreadable: Type.Array(Unreadable),
          gaps: Type.Array(Gap),
        }),
        links: Type.Object({ self: Type.String() }),
        status: Type.Literal('success'),
      }),
      async handle(call) {
        const { id } = await call.instance();
        const { waiting, parked, placeholders, gaps } = await inspectInbox(id, listLimit);
        const inbox = {
          waiting,
          parked: [...parked],
          unreadable: placeholders.map(unreadable),
          gaps: gaps.map(({ kind, announced, received, recovered, state, detectedAt, closedAt }) => {
            return { kind, announced, received, recovered, state, detectedAt, closedAt };
          }),
        };
        return { inbox, links: { self: call.self }, status: 'success' };
      },
    }),
    route({
      method: 'POST',
      path: '/instances/:id/inbox/:seq/retry',
      permission: 'update',
      operationId: 'retry-parked-row',
      summary: 'Make events of a parked row after all',
      description: `For a gateway that reads it better by now. ${afterAll}`,
      tag: 'inbox',
      answer: Retried,
      async handle(call) {
        const { id } = await call.instance();
        const retried = await retryParked(id, numberOf(call, 'seq', 'row'));
        return { retried, links: { self: call.self }, status: 'success' };
      },
    }),
    route({
      method: 'POST',
      path: '/instances/:id/inbox/retry',
      permission: 'update',
      operationId: 'retry-parked-rows',
      summary: 'Make events of all parked rows after all',
      description: `Messages whose content never came are left out: they are asked for by themselves. ${afterAll}`,
      tag: 'inbox',
      answer: Retried,
      async handle(call) {
        const { id } = await call.instance();
        const retried = await retryParked(id, null);
        return { retried, links: { self: call.self }, status: 'success' };
      },
    }),
  ];
}

function unreadable(message: UnreadableMessage) {
  const { messageId, chatContact, senderContact, fromMe, reason, state, asked, receivedAt, settledAt } =
    message;
  return {
    messageId,
    chatId: chatContact,
    author: senderContact,
    fromMe,
    reason,
    state: state === 'lost' ? ('lost' as const) : ('waiting' as const),
    asked,
    receivedAt,
    settledAt,
  };
}
