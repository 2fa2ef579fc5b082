import {
  album,
  botAnswer,
  botInvocation,
  buttonReply,
  buttons,
  callLog,
  comment,
  contact,
  contacts,
  groupInvite,
  interactive,
  interactiveReply,
  linkPreview,
  list,
  listReply,
  liveLocation,
  location,
  order,
  payment,
  paymentRequest,
  poll,
  product,
  scheduledEvent,
  template,
  templateReply,
  unknownKind,
} from '../content/index.ts';
import { callOutcomes } from '../content/rare.ts';
import type { Content } from '../message-content.ts';
import { SimulatorError } from '../simulator-error.ts';
import { proto } from '../stanza/codec.ts';
import { given } from './fields.ts';
import type { Fields } from './fields.ts';

/** What `"kind"` of a message can be, and which fields say more; `content` takes any content as protobuf has it in JSON. */
const kinds = {
  text: (fields) => fields.text('text'),
  link: (fields) =>
    linkPreview(fields.text('text'), { link: fields.text('link'), ...texts(fields, 'title', 'description') }),
  location: (fields) => location(placeOf(fields)),
  'live-location': (fields) =>
    liveLocation({
      ...degreesOf(fields),
      ...texts(fields, 'caption'),
      ...given({ sequence: fields.optionalNumber('sequence'), offset: fields.optionalNumber('offset') }),
    }),
  contact: (fields) => contact(cardOf(fields)),
  contacts: (fields) => contacts(fields.list('contacts').map(cardOf)),
  poll: (fields) =>
    poll(
      fields.text('question'),
      fields.texts('options'),
      given({ selectable: fields.optionalNumber('selectable') }),
    ),
  event: (fields) =>
    scheduledEvent({
      name: fields.text('name'),
      start: fields.number('start'),
      ...texts(fields, 'description', 'joinLink'),
      ...given({ end: fields.optionalNumber('end'), isCanceled: fields.optionalSwitch('isCanceled') }),
    }),
  invite: (fields) =>
    groupInvite({
      group: { jid: fields.text('group'), subject: fields.text('subject') },
      code: fields.text('code'),
      expires: fields.number('expires'),
      ...texts(fields, 'text'),
    }),
  product: (fields) =>
    product({
      id: fields.text('product'),
      title: fields.text('title'),
      owner: fields.text('owner'),
      ...texts(fields, 'description', 'currency', 'text'),
      ...given({ price1000: fields.optionalNumber('price1000') }),
    }),
  order: (fields) =>
    order({
      id: fields.text('order'),
      token: fields.text('token'),
      title: fields.text('title'),
      seller: fields.text('seller'),
      items: fields.number('items'),
      ...texts(fields, 'currency', 'text'),
      ...given({ total1000: fields.optionalNumber('total1000') }),
    }),
  payment: (fields) => payment(fields.text('note')),
  'payment-request': (fields) =>
    paymentRequest({
      note: fields.text('note'),
      amount1000: fields.number('amount1000'),
      currency: fields.text('currency'),
      from: fields.text('from'),
      ...given({ expires: fields.optionalNumber('expires') }),
    }),
  buttons: (fields) =>
    buttons(fields.text('text'), fields.list('choices').map(choiceOf), fields.optionalText('footer')),
  'button-reply': (fields) => buttonReply(choiceOf(fields.part('choice'))),
  list: (fields) =>
    list({
      title: fields.text('title'),
      description: fields.text('description'),
      button: fields.text('button'),
      ...texts(fields, 'footer'),
      sections: fields.list('sections').map((section) => ({
        title: section.text('title'),
        rows: section.list('rows').map((row) => ({ ...choiceOf(row), ...texts(row, 'description') })),
      })),
    }),
  'list-reply': (fields) => listReply(choiceOf(fields.part('choice'))),
  template: (fields) =>
    template(fields.text('text'), fields.list('choices').map(choiceOf), texts(fields, 'title', 'footer')),
  'template-reply': (fields) =>
    templateReply(choiceOf(fields.part('choice')), fields.optionalNumber('index')),
  interactive: (fields) =>
    interactive({
      text: fields.text('text'),
      ...texts(fields, 'title', 'footer'),
      buttons: fields
        .list('buttons')
        .map((button) => ({ name: button.text('name'), params: button.object('params') })),
    }),
  'interactive-reply': (fields) =>
    interactiveReply(fields.text('name'), fields.object('params'), fields.optionalText('text')),
  album: (fields) =>
    album(given({ images: fields.optionalNumber('images'), videos: fields.optionalNumber('videos') })),
  'call-log': (fields) =>
    callLog(
      given({
        video: fields.optionalSwitch('video'),
        outcome: fields.optionalChoice('outcome', callOutcomes),
        seconds: fields.optionalNumber('seconds'),
      }),
    ),
  comment: (fields) =>
    comment(fields.text('text'), {
      remoteJid: fields.text('chat'),
      id: fields.text('message'),
      fromMe: false,
    }),
  'bot-invocation': (fields) => botInvocation(fields.text('text'), fields.text('bot')),
  'bot-answer': (fields) => botAnswer(fields.text('text')),
  unknown: () => unknownKind(),
  content: (fields) => anyContent(fields.object('content')),
} satisfies Record<string, (fields: Fields) => Content>;

/** The names of all kinds. */
export type ContentKind = keyof typeof kinds;

/** The content that a request describes; a text unless it has a `kind`. Throws `invalid_request`. */
export function contentIn(fields: Fields): Content {
  const names = Object.keys(kinds) as ContentKind[];
  return kinds[fields.optionalChoice('kind', names) ?? 'text'](fields);
}

function anyContent(json: object): proto.IMessage {
  try {
    return proto.Message.fromObject(json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SimulatorError('invalid_request', `"content" is no content: ${reason}.`);
  }
}

function placeOf(fields: Fields) {
  return {
    ...degreesOf(fields),
    ...texts(fields, 'name', 'address', 'url'),
    ...given({ thumbnail: fields.optionalBytes('thumbnail') }),
  };
}

function degreesOf(fields: Fields) {
  return { latitude: fields.decimal('latitude'), longitude: fields.decimal('longitude') };
}

function cardOf(fields: Fields) {
  return { name: fields.text('name'), number: fields.text('number') };
}

function choiceOf(fields: Fields) {
  return { id: fields.text('id'), text: fields.text('text') };
}

function texts<Name extends string>(fields: Fields, ...names: Name[]): { [name in Name]?: string } {
  const pairs = names.map((name) => [name, fields.optionalText(name)] as const);
  return given(Object.fromEntries(pairs)) as { [name in Name]?: string };
}
