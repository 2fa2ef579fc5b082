import { Type, type Static, type TSchema } from 'typebox';
import { GatewayError } from '../errors.ts';
import { actionDone, AnswerOrRefusal } from './envelopes.ts';
import { route, type Call, type Route } from './route.ts';

/** Something that an instance can be asked to do. */
export interface Action<Body extends TSchema> {
  readonly name: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly isLimited?: boolean;
  readonly takesFile?: boolean;
  readonly body: Body;
  readonly headers?: TSchema;
  readonly result: TSchema;
  readonly run: (call: Call<Static<Body>>, instanceId: number) => Promise<unknown>;
}

/** Its route: the answer is in the contract's two envelopes. */
export function action<Body extends TSchema>({ name, result, run, ...rest }: Action<Body>): Route {
  return route({
    ...rest,
    method: 'POST',
    path: `/instances/:id/client/action/${name}`,
    permission: 'update',
    tag: name.startsWith('send-') ? 'message' : 'client',
    answer: AnswerOrRefusal('data', result),
    async handle(call) {
      const { id } = await call.instance();
      return actionDone(id, call.self, await run(call, id));
    },
  });
}

/** A chat as callers name it. */
export const ChatId = Type.String({
  minLength: 1,
  maxLength: 128,
  description: '`<number>@c.us` for a person, `<id>@g.us` for a group.',
  examples: ['491701234567@c.us'],
});

/** What callers may say of every message that they send. */
export const sendOptions = {
  replyToMessageId: Type.Optional(
    Type.String({
      maxLength: 255,
      description: 'Taken, but without effect so far: the message is sent without the quote.',
    }),
  ),
  firedandforget: Type.Optional(
    Type.Boolean({ description: 'Taken, but without effect: the answer comes when the message is sent.' }),
  ),
};

/** A message of the contract. */
export const SentMessage = Type.Record(Type.String(), Type.Unknown());

/** The header by which a repeated call is known. */
export const IdempotencyKey = Type.Object({
  'Idempotency-Key': Type.Optional(
    Type.String({ description: 'At most 255 characters, chosen by the caller.' }),
  ),
});

/** @throws GatewayError `invalid_request` when it is none. */
export function idempotencyKeyOf(call: Call): string | undefined {
  const text = call.header('idempotency-key');
  if (text === undefined || /^[\x21-\x7e]{1,255}$/.test(text)) return text;
  throw new GatewayError('invalid_request', 'The given data was invalid.', {
    fields: { 'Idempotency-Key': ['The Idempotency-Key header must be 1 to 255 visible ASCII characters.'] },
  });
}
