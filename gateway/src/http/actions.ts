import { Type } from 'typebox';
import { GatewayError } from '../errors.ts';
import { action, ChatId, idempotencyKeyOf, IdempotencyKey, sendOptions, SentMessage } from './action.ts';
import type { HttpDeps } from './deps.ts';
import { TooManyRequests } from './error-response.ts';
import { createRateLimit } from './rate-limit.ts';
import { mediaActions } from './media-actions.ts';
import { route, type Route } from './route.ts';

/** What an instance can be asked to do. An action that fails is answered with 200 and the inner status `error`. */
export function actionRoutes(deps: HttpDeps): Route[] {
  const actions = [
    sendMessage(deps),
    ...mediaActions(deps),
    logout(deps),
    reboot(deps),
    requestPairingCode(deps),
  ];
  return [...actions, unknownAction(actions)];
}

const SendMessage = Type.Object({
  chatId: ChatId,
  message: Type.String({ minLength: 1, maxLength: 65_536, examples: ['Hello!'] }),
  mentions: Type.Optional(
    Type.Array(
      Type.String({ pattern: '^[0-9]+@(c\\.us|lid)$', description: 'It must look like 491701234567@c.us.' }),
      {
        maxItems: 1024,
        description: 'Contacts that the message mentions; its text has them as @491701234567.',
      },
    ),
  ),
  previewLink: Type.Optional(
    Type.Boolean({ description: 'Taken, but without effect so far: links are sent without a preview.' }),
  ),
  ...sendOptions,
});

function sendMessage({ messages }: HttpDeps): Route {
  return action({
    name: 'send-message',
    operationId: 'send-text-message-to-chat',
    summary: 'Send a text message to a chat',
    description:
      'Answers with the message once WhatsApp has taken it (`ack: 1`), or after 10 seconds with `ack: 0`. A repeated ' +
      'call with the same Idempotency-Key sends nothing and answers with the message of the first.',
    body: SendMessage,
    headers: IdempotencyKey,
    result: SentMessage,
    async run(call, id) {
      const { chatId, message, mentions = [] } = call.body;
      return messages.send(id, { chatId, text: message, mentions }, idempotencyKeyOf(call));
    },
  });
}

function logout({ instances }: HttpDeps): Route {
  return action({
    name: 'logout',
    operationId: 'logout',
    summary: 'Unlink the number',
    body: Nothing,
    result: Type.Null(),
    async run(_call, id) {
      await instances.logout(id);
      return null;
    },
  });
}

function reboot({ instances }: HttpDeps): Route {
  return action({
    name: 'reboot',
    operationId: 'reboot',
    summary: 'Connect anew',
    description:
      'Closes the connection to WhatsApp and opens a new one, also after a disconnect that was final.',
    body: Nothing,
    result: Type.Null(),
    async run(_call, id) {
      await instances.reboot(id);
      return null;
    },
  });
}

function requestPairingCode({ instances, clock }: HttpDeps): Route {
  const limit = createRateLimit(2, 60_000, clock);
  return action({
    name: 'request-pairing-code',
    operationId: 'request-pairing-code',
    summary: 'Link by a code instead of a QR code',
    description: 'Eight characters to type on the phone, while the status is `qr`. At most twice a minute.',
    isLimited: true,
    body: Type.Object({
      phoneNumber: Type.String({
        pattern: '^[0-9]{6,15}$',
        description: 'Digits only: country code and number, without + or 00 in front.',
        examples: ['491701234567'],
      }),
      showNotification: Type.Optional(
        Type.Boolean({ description: 'Taken, but without effect: the phone shows it.' }),
      ),
    }),
    result: Type.Object({ pairingCode: Type.String({ examples: ['ABCD-1234'] }) }),
    async run(call, id) {
      if ((await call.instance()).state === 'qr') {
        const waitMs = limit.take(id);
        if (waitMs > 0) throw tooManyPairingCodes(waitMs);
      }
      const code = await instances.requestPairingCode(id, call.body.phoneNumber);
      return { pairingCode: `${code.slice(0, 4)}-${code.slice(4)}` };
    },
  });
}

function tooManyPairingCodes(waitMs: number): TooManyRequests {
  return new TooManyRequests('A pairing code can be asked for twice a minute.', Math.ceil(waitMs / 1000));
}

/** Names what was asked for, so that a caller sees a slip, or that this gateway cannot do it. */
function unknownAction(actions: readonly Route[]): Route {
  const known = actions.map(({ path }) => path.split('/').at(-1)).join(', ');
  return route({
    method: 'POST',
    path: '/instances/:id/client/action/:action',
    permission: 'update',
    operationId: 'unknown-action',
    summary: 'An action that does not exist',
    tag: 'client',
    isHidden: true,
    answer: null,
    async handle(call) {
      await call.instance();
      const explanation = `The actions of this gateway are ${known}.`;
      throw new GatewayError('not_found', `There is no action "${call.parameter('action')}".`, {
        explanation,
      });
    },
  });
}

const Nothing = Type.Object({});
