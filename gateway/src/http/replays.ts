import { Type } from 'typebox';
import { numberOf } from './deliveries.ts';
import type { HttpDeps } from './deps.ts';
import { givenNumber } from './envelopes.ts';
import { Replay, replayResource, Selection, selectionOf } from './replay-resource.ts';
import { route, type Route } from './route.ts';

const tag = 'deliveries';
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
      query: Type.Object(
        {
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
          before: Type.Optional(givenNumber('Only replays with a smaller id.')),
        },
        { additionalProperties: false },
      ),
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
