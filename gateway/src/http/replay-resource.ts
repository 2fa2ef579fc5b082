import { eventNames } from '@eazewa/sdk/events';
import { Type, type Static } from 'typebox';
import { deliveryStates } from '../outbox/delivery-record.ts';
import { endedStates, type ReplayReport, type ReplaySelection } from '../outbox/replay.ts';
import { givenNumber } from './envelopes.ts';
import { invalidField, periodOf, TimeValue } from './times.ts';

const idsMax = 1000;
const Time = Type.Integer({ description: 'Milliseconds since 1970.' });
const TimeOrNull = Type.Union([Time, Type.Null()]);

/** What is to be told once more. A bound whose name is misspelt is refused: without it too much would be told. */
export const Selection = Type.Object(
  {
    deliveryIds: Type.Optional(
      Type.Array(givenNumber(), {
        maxItems: idsMax,
        description: 'These, whatever became of them; nothing else may be given then.',
      }),
    ),
    webhookId: Type.Optional(givenNumber('What this webhook was owed.')),
    since: Type.Optional(TimeValue),
    until: Type.Optional(TimeValue),
    states: Type.Optional(
      Type.Array(Type.Enum([...endedStates]), {
        maxItems: 10,
        description: 'What became of them; all that do not wait when it is left out.',
      }),
    ),
    events: Type.Optional(Type.Array(Type.Enum([...eventNames]), { maxItems: 100 })),
    includeUnowed: Type.Optional(
      Type.Boolean({
        description:
          'Also events that the webhook never was owed, since it had no url or was not subscribed.',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ webhookId: 1, states: ['rejected'] }] },
);

export const Replay = Type.Object({
  id: Type.Integer(),
  selection: Selection,
  state: Type.Enum(['running', 'done', 'cancelled'], {
    description: '`done`: all are made; `pending` says how many of them still wait.',
  }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it was cancelled.' }),
  made: Type.Integer({ description: 'How many deliveries it has made.' }),
  ...Object.fromEntries(deliveryStates.map((state) => [state, Type.Integer()])),
  createdAt: Time,
  endedAt: TimeOrNull,
});

/** @throws GatewayError `invalid_request` naming the field that does not fit. */
export function selectionOf(body: Static<typeof Selection>): ReplaySelection {
  const { deliveryIds, webhookId, states = endedStates, events, includeUnowed = false } = body;
  if (deliveryIds !== undefined) {
    const other = Object.keys(body).find((key) => key !== 'deliveryIds');
    if (other !== undefined)
      throw invalidField(
        other,
        `The ${other} field cannot be combined with deliveryIds: leave one of them out.`,
      );
    if (deliveryIds.length === 0)
      throw invalidField('deliveryIds', 'The deliveryIds field needs at least one id.');
    return { of: 'ids', deliveryIds: [...new Set(deliveryIds)].toSorted((one, next) => one - next) };
  }
  if (webhookId === undefined)
    throw invalidField('webhookId', 'Say deliveryIds, or webhookId with since, until, states and events.');
  if (states.length === 0) throw invalidField('states', 'The states field needs at least one state.');
  if (events?.length === 0) throw invalidField('events', 'The events field needs at least one name.');
  const { sinceMs = null, untilMs = null } = periodOf(body);
  const bounds = {
    webhookId,
    states: [...new Set(states)],
    events: events ?? null,
    sinceMs,
    untilMs,
  };
  if (includeUnowed && sinceMs === null)
    throw invalidField('since', 'The since field is required when includeUnowed is true.');
  return { of: includeUnowed ? 'events' : 'log', ...bounds };
}

/** A replay as the API shows it. */
export function replayResource({ replay, counts }: ReplayReport) {
  const { id, selection, state, reason, made, createdAt, endedAt } = replay;
  return { id, selection: selectionResource(selection), state, reason, made, ...counts, createdAt, endedAt };
}

/** As it was asked for. */
function selectionResource(selection: ReplaySelection): Static<typeof Selection> {
  if (selection.of === 'ids') return { deliveryIds: [...selection.deliveryIds] };
  const { webhookId, states, events, sinceMs, untilMs } = selection;
  return {
    webhookId,
    states: [...states],
    includeUnowed: selection.of === 'events',
    ...(events === null ? {} : { events: [...events] }),
    ...(sinceMs === null ? {} : { since: sinceMs }),
    ...(untilMs === null ? {} : { until: untilMs }),
  };
}
