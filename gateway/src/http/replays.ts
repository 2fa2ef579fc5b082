import { eventNames } from '@eazewa/sdk/events';
import { Type, type Static } from 'typebox';
import { deliveryStates } from '../outbox/delivery-record.ts';
import { endedStates, type ReplayReport, type ReplaySelection } from '../outbox/replay.ts';
import { numberOf } from './deliveries.ts';
import type { HttpDeps } from './deps.ts';
import { route, type Route } from './route.ts';
import { invalidField, timeOf, TimeValue } from './times.ts';

const tag = 'deliveries';
const idsMax = 1000;
const Time = Type.Integer({ description: 'Milliseconds since 1970.' });
const TimeOrNull = Type.Union([Time, Type.Null()]);

const Selection = Type.Object({
  deliveryIds: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1 }), {
      maxItems: idsMax,
      description: 'These, whatever became of them; nothing else may be given then.',
    }),
  ),
  webhookId: Type.Optional(Type.Integer({ minimum: 1, description: 'What this webhook was owed.' })),
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
      description: 'Also events that the webhook never was owed, since it had no url or was not subscribed.',
    }),
  ),
});

const Replay = Type.Object({
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

const OneReplay = Type.Object({
  replay: Replay,
  links: Type.Object({ self: Type.String() }),
  status: Type.Literal('success'),
});

/** Deliveries that are made once more; the contract has nothing like it. */
export function replayRoutes({ replays }: HttpDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/instances/:id/replays',
      permission: 'create',
      operationId: 'create-replay',
      summary: 'Send events once more',
      description:
        'Makes new deliveries with the same event ids and bodies, oldest first, beside the live ones. Say `deliveryIds`, or `webhookId` with what you want of it.',
      tag,
      body: Selection,
      answer: OneReplay,
      async handle(call) {
        const { id } = await call.instance();
        const report = await replays.create(id, selectionOf(call.body));
        return { replay: replayResource(report), links: { self: call.self }, status: 'success' };
      },
    }),
    route({
      method: 'GET',
      path: '/instances/:id/replays',
      permission: 'read',
      operationId: 'list-replays',
      summary: 'Replays of an instance',
      description: 'Newest first. `links.next` leads to older ones.',
      tag,
      query: Type.Object({
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
        before: Type.Optional(Type.Integer({ minimum: 1, description: 'Only replays with a smaller id.' })),
      }),
      answer: Type.Object({
        replays: Type.Array(Replay),
        links: Type.Object({ next: Type.Union([Type.String(), Type.Null()]) }),
        status: Type.Literal('success'),
      }),
      async handle(call) {
        const { id } = await call.instance();
        const { limit = 20, before } = call.query;
        const found = await replays.list(id, limit, before);
        const last = found.length === limit ? found.at(-1) : undefined;
        const next = last ? `${call.self}?limit=${limit}&before=${last.replay.id}` : null;
        return { replays: found.map(replayResource), links: { next }, status: 'success' };
      },
    }),
    route({
      method: 'GET',
      path: '/instances/:id/replays/:replayId',
      permission: 'read',
      operationId: 'get-replay',
      summary: 'How far a replay is',
      tag,
      answer: OneReplay,
      async handle(call) {
        const { id } = await call.instance();
        const report = await replays.get(id, numberOf(call, 'replayId', 'replay'));
        return { replay: replayResource(report), links: { self: call.self }, status: 'success' };
      },
    }),
    route({
      method: 'DELETE',
      path: '/instances/:id/replays/:replayId',
      permission: 'delete',
      operationId: 'cancel-replay',
      summary: 'Cancel a replay',
      description:
        'It makes no more, and what waits of it is dropped. One that has nothing waiting any more stays as it is.',
      tag,
      answer: OneReplay,
      async handle(call) {
        const { id } = await call.instance();
        const report = await replays.cancel(id, numberOf(call, 'replayId', 'replay'));
        return { replay: replayResource(report), links: { self: call.self }, status: 'success' };
      },
    }),
  ];
}

function selectionOf(body: Static<typeof Selection>): ReplaySelection {
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
  const bounds = {
    webhookId,
    states: [...new Set(states)],
    events: events ?? null,
    sinceMs: timeOf('since', body.since) ?? null,
    untilMs: timeOf('until', body.until) ?? null,
  };
  if (includeUnowed && bounds.sinceMs === null)
    throw invalidField('since', 'The since field is required when includeUnowed is true.');
  return { of: includeUnowed ? 'events' : 'log', ...bounds };
}

function replayResource({ replay, counts }: ReplayReport) {
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
