import { isEventName, type EventBody, type EventBodyOf, type EventName } from './events.ts';

/** Why a request body is not an event that this version knows. */
export type InvalidBodyCode = 'not_json' | 'not_an_event' | 'unknown_event';

/** A request body that `parseWebhook` does not take. The message says what is wrong, without the body's content. */
export class InvalidBody extends Error {
  override readonly name = 'InvalidBody';
  /** `unknown_event`: a newer gateway may send events that this version does not know; ignoring it is safe. */
  readonly code: InvalidBodyCode;

  constructor(code: InvalidBodyCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Reads the body of a webhook request: text, bytes, or the object that a framework made of it. Narrow the result by its
 * `event`. Unknown properties stay; those that a receiver relies on are checked.
 *
 * @throws InvalidBody when it is no event of this version.
 */
export function parseWebhook(body: string | Uint8Array | object): EventBody {
  const value = typeof body === 'string' || body instanceof Uint8Array ? readJson(body) : body;
  if (!isRecord(value)) throw new InvalidBody('not_an_event', 'The body is no JSON object.');
  const { event, instanceId, data } = value;
  if (typeof event !== 'string') throw new InvalidBody('not_an_event', '"event" is missing.');
  if (!isEventName(event))
    throw new InvalidBody('unknown_event', `There is no event "${event.slice(0, 60)}".`);
  const instance = typeof instanceId === 'number' ? String(instanceId) : instanceId;
  if (typeof instance !== 'string' || instance === '') {
    throw new InvalidBody('not_an_event', '"instanceId" is missing.');
  }
  return checked(event, { ...value, event, instanceId: instance, data: data ?? {} });
}

function readJson(body: string | Uint8Array): unknown {
  try {
    return JSON.parse(
      typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body),
    );
  } catch (error) {
    throw new InvalidBody(
      'not_json',
      `The body is no JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
}

function checked(event: EventName, body: object): EventBody {
  for (const [path, type] of required[event]) {
    const found = valueAt(body, path);
    if (typeof found === type && found !== null) continue;
    throw new InvalidBody('not_an_event', `"${path}" of the event "${event}" is no ${type}.`);
  }
  if (!isBodyOf(event, body)) throw new InvalidBody('not_an_event', 'The body has no data.');
  return body;
}

/** The paths were checked just before; this tells the compiler. */
function isBodyOf(_event: EventName, body: object): body is EventBody {
  return 'data' in body;
}

function valueAt(body: object, path: string): unknown {
  let value: unknown = body;
  for (const key of path.split('.')) value = isRecord(value) ? value[key] : undefined;
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Requirement = readonly [path: string, type: 'string' | 'number' | 'boolean' | 'object'];

function message(path: string): Requirement[] {
  return [
    [`${path}._data`, 'object'],
    [`${path}.id._serialized`, 'string'],
    [`${path}.type`, 'string'],
    [`${path}.body`, 'string'],
    [`${path}.from`, 'string'],
    [`${path}.to`, 'string'],
    [`${path}.timestamp`, 'number'],
    [`${path}.fromMe`, 'boolean'],
    [`${path}.ack`, 'number'],
  ];
}

const notification: readonly Requirement[] = [
  ['data.notification.id._serialized', 'string'],
  ['data.notification.type', 'string'],
  ['data.notification.chatId', 'string'],
  ['data.notification.recipientIds', 'object'],
];

/** What receivers rely on, by event. */
const required: { readonly [Name in EventName]: readonly Requirement[] } = {
  message: message('data.message'),
  loading_screen: [['data.percent', 'number']],
  qr: [['data.qr', 'string']],
  authenticated: [['data', 'object']],
  auth_failure: [['data', 'object']],
  ready: [['data', 'object']],
  disconnected: [['data.reason', 'string']],
  message_create: message('data.message'),
  message_revoke_everyone: message('data.after'),
  message_revoke_me: message('data.message'),
  message_ack: [['data.ack', 'number'], ...message('data.message')],
  message_reaction: [
    ['data.reaction.msgId._serialized', 'string'],
    ['data.reaction.reaction', 'string'],
    ['data.reaction.senderId', 'string'],
  ],
  media_uploaded: message('data.message'),
  group_join: notification,
  group_leave: notification,
  group_update: notification,
  change_state: [['data.state', 'string']],
  call: [
    ['data.call.id', 'string'],
    ['data.call.from', 'string'],
  ],
  message_edit: [['data.newBody', 'string'], ...message('data.message')],
  vote_update: [
    ['data.vote.voter', 'string'],
    ['data.vote.selectedOptions', 'object'],
    ...message('data.vote.parentMessage'),
  ],
};

/** Whether an event is of this name; for code that has an `EventBody` and wants one kind of it. */
export function isEvent<Name extends EventName>(
  body: EventBody,
  name: Name,
): body is EventBodyOf<Name> & EventBody {
  return body.event === name;
}
