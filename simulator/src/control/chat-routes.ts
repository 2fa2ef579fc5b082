import { disappearing, forwarded, mention, reply, viewOnce } from '../content/index.ts';
import { contentOf } from '../message-content.ts';
import type { Content } from '../message-content.ts';
import type { Phone } from '../phone/phone.ts';
import { SimulatorError } from '../simulator-error.ts';
import { contentIn } from './content-kinds.ts';
import { given } from './fields.ts';
import type { ControlRequest } from './routes.ts';
import { sendOptionsOf } from './send-options.ts';

/** Writing anything anywhere, and what people do beside writing: status, typing, profiles, blocking. */
export const chatRoutes: Record<string, (request: ControlRequest) => unknown> = {
  'POST /phones/:number/send': (request) =>
    phoneOf(request).send(
      request.fields.text('to'),
      contentOfRequest(request),
      sendOptionsOf(request.fields),
    ),
  'POST /phones/:number/contacts': (request) =>
    phoneOf(request).addContact(...request.fields.texts('contacts')),
  'POST /phones/:number/status': (request) => {
    const to = request.fields.optionalTexts('to');
    return phoneOf(request).postStatus(contentOfRequest(request), { ...options(request), ...given({ to }) });
  },
  'POST /phones/:number/list': (request) => {
    const list = request.fields.optionalText('list');
    const to = request.fields.texts('to');
    return phoneOf(request).sendToList(to, contentOfRequest(request), {
      ...options(request),
      ...given({ list }),
    });
  },
  'POST /phones/:number/presence': changePresence,
  'GET /phones/:number/presence': ({ fields, ...request }) => phoneOf(request).presence.of(fields.text('of')),
  'POST /phones/:number/profile': changeProfile,
  'GET /phones/:number/profile': (request) => {
    const { name, profile } = phoneOf(request);
    return {
      name,
      about: profile.about,
      hasPicture: profile.picture !== undefined,
      blocked: profile.blocked,
    };
  },
  'POST /phones/:number/block': ({ fields, ...request }) => {
    const { profile } = phoneOf(request);
    if (fields.optionalSwitch('on') ?? true) profile.block(fields.text('who'));
    else profile.unblock(fields.text('who'));
  },
};

/** The content that a request describes, as an answer, with mentions, forwarded, to be seen once, or soon gone. */
export function contentOfRequest({ fields, ...request }: ControlRequest): Content {
  const [answered, mentioned] = [fields.optionalText('reply'), fields.optionalTexts('mentions')];
  const [score, seconds] = [fields.optionalNumber('forwarded'), fields.optionalNumber('disappears')];
  const phone = phoneOf(request);
  let content = contentIn(fields);
  if (answered !== undefined) content = reply(messageOf(phone, answered), content);
  if (mentioned !== undefined)
    content = mention(
      content,
      mentioned.map((who) => request.simulator.phone(who)),
    );
  if (score !== undefined) content = forwarded(content, score);
  if (seconds !== undefined) content = disappearing(content, seconds);
  return fields.optionalSwitch('viewOnce') === true ? viewOnce(contentOf(content)) : content;
}

function messageOf(phone: Phone, id: string) {
  return phone.messages.findLast((message) => message.id === id) ?? missing(phone, id);
}

function missing(phone: Phone, id: string): never {
  throw new SimulatorError('unknown_message', `The phone ${phone.number} has no message ${id}.`);
}

function options({ fields }: ControlRequest) {
  const { id, addressing } = sendOptionsOf(fields);
  return given({ id, addressing });
}

const activities = { typing: 'type', recording: 'record', paused: 'pause' } as const;

function changePresence({ fields, ...request }: ControlRequest): void {
  const { presence } = phoneOf(request);
  const isOnline = fields.optionalSwitch('online');
  const activity = fields.optionalChoice('is', ['typing', 'recording', 'paused']);
  const subscribed = fields.optionalText('subscribe');
  if (isOnline === undefined && activity === undefined && subscribed === undefined)
    throw new SimulatorError('invalid_request', '"online", "is" or "subscribe" is missing.');
  if (isOnline !== undefined) presence.show(isOnline);
  if (subscribed !== undefined) presence.subscribe(subscribed);
  if (activity !== undefined)
    presence[activities[activity]](fields.text('to'), fields.optionalChoice('addressing', ['lid', 'pn']));
}

/** `picture` is a JPEG in base64; an empty text removes it. */
function changeProfile({ fields, ...request }: ControlRequest): void {
  const { profile } = phoneOf(request);
  const [name, about] = [fields.optionalText('name'), fields.optionalText('about', { mayBeEmpty: true })];
  const picture = fields.optionalBytes('picture');
  if (name !== undefined) profile.rename(name);
  if (about !== undefined) profile.setAbout(about);
  if (picture !== undefined) profile.setPicture(picture.length === 0 ? null : picture);
}

function phoneOf({ simulator, number }: Pick<ControlRequest, 'simulator' | 'number'>): Phone {
  return simulator.phone(number);
}
