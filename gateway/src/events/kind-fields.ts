import type { MessageType } from '@eazewa/sdk/events';
import { bodyOf } from './body.ts';
import { buttonsOf, interactiveOf, listOf, templateOf, textOf } from './buttons.ts';
import { numberIn, objectIn, objectsIn, textIn } from './content.ts';
import { defined } from './defined.ts';
import { inviteOf } from './invite.ts';
import type { KindFields, KindSource } from './kind-source.ts';
import { placeOf } from './place.ts';
import { pollOf, scheduledEventOf } from './polls-and-events.ts';
import { orderOf, paymentOf, productOf } from './shop.ts';
import type { MessageContent } from './translation.ts';

/** What a content's field says, for the type that it makes. `from` and `to` are contact ids, for invitations. */
export function kindFields(
  type: MessageType,
  content: MessageContent,
  field: string,
  parties: Pick<KindSource, 'from' | 'to' | 'contacts'>,
): KindFields {
  const source = { ...parties, content, field, part: objectIn(content, field), body: bodyOf(content, field) };
  const byType = makers.get(type)?.(source);
  const byField = fieldMakers.get(field)?.(source);
  return { ...nothing, body: source.body, ...byType, ...byField, raw: { ...byType?.raw, ...byField?.raw } };
}

const nothing: KindFields = {
  body: '',
  media: {},
  vCards: [],
  invite: {},
  order: {},
  shop: {},
  buttons: {},
  poll: {},
  raw: {},
};

type Maker = (source: KindSource) => Partial<KindFields>;

/** The types that have more than a body. */
const makers = new Map<MessageType, Maker>([
  ['chat', textOf],
  ['audio', durationOf],
  ['ptt', durationOf],
  ['video', videoOf],
  ['location', placeOf],
  ['vcard', cardOf],
  ['multi_vcard', cardsOf],
  ['groups_v4_invite', inviteOf],
  ['order', orderOf],
  ['product', productOf],
  ['payment', paymentOf],
  ['list', listOf],
  [
    'list_response',
    ({ part }) => {
      const reply = objectIn(part, 'singleSelectReply');
      const selectedRowId = textIn(reply, 'selectedRowId');
      if (selectedRowId === undefined) return {};
      return { buttons: { selectedRowId }, raw: { listResponse: { singleSelectReply: { selectedRowId } } } };
    },
  ],
  ['buttons_response', ({ part }) => selected(textIn(part, 'selectedButtonId'))],
  ['template_button_reply', ({ part }) => selected(textIn(part, 'selectedId'))],
  ['interactive', interactiveOf],
  ['poll_creation', pollOf],
  ['scheduled_event_creation', scheduledEventOf],
]);

/** What goes by the content's field, since its type is that of its header. */
const fieldMakers = new Map<string, Maker>([
  ['buttonsMessage', buttonsOf],
  ['templateMessage', templateOf],
]);

function selected(selectedButtonId: string | undefined): Partial<KindFields> {
  return { buttons: defined({ selectedButtonId }), raw: defined({ selectedButtonId }) };
}

function durationOf({ part }: KindSource): Partial<KindFields> {
  const seconds = numberIn(part, 'seconds') ?? 0;
  // WhatsApp Web takes 0 for not known.
  return { media: defined({ duration: seconds === 0 ? undefined : String(seconds) }) };
}

function videoOf(source: KindSource): Partial<KindFields> {
  return { ...durationOf(source), raw: source.part?.['gifPlayback'] === true ? { isGif: true } : {} };
}

function cardOf({ body, part }: KindSource): Partial<KindFields> {
  return { vCards: [body], raw: defined({ vcardFormattedName: textIn(part, 'displayName') }) };
}

function cardsOf({ part }: KindSource): Partial<KindFields> {
  const vcardList = objectsIn(part, 'contacts').map((contact) => ({
    ...defined({ displayName: textIn(contact, 'displayName') }),
    vcard: textIn(contact, 'vcard') ?? '',
  }));
  return { vCards: vcardList.map(({ vcard }) => vcard), raw: { vcardList } };
}
