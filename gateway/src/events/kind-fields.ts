import type { MessageType } from '@eazewa/sdk/events';
import { bodyOf } from './body.ts';
import { buttonsOf, interactiveOf, listOf, listResponseOf, templateOf, textOf } from './buttons.ts';
import { objectIn, objectsIn, textIn } from './content.ts';
import type { Contacts } from './contacts.ts';
import { defined } from './defined.ts';
import { inviteOf } from './invite.ts';
import type { KindFields, KindSource } from './kind-source.ts';
import { placeOf } from './place.ts';
import { pollOf, scheduledEventOf } from './polls-and-events.ts';
import { orderOf, paymentOf, productOf } from './shop.ts';
import type { MessageContent } from './translation.ts';

/** What a content's field says, for the type that it makes. */
export function kindFields(
  type: MessageType,
  content: MessageContent,
  field: string,
  contacts: Contacts,
): KindFields {
  const source = { contacts, content, field, part: objectIn(content, field), body: bodyOf(content, field) };
  const byType = makers.get(type)?.(source);
  const byField = fieldMakers.get(field)?.(source);
  return { ...nothing, body: source.body, ...byType, ...byField, raw: { ...byType?.raw, ...byField?.raw } };
}

const nothing: KindFields = {
  body: '',
  place: {},
  vCards: [],
  invite: null,
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
  ['video', videoOf],
  ['location', placeOf],
  ['vcard', cardOf],
  ['multi_vcard', cardsOf],
  ['groups_v4_invite', inviteOf],
  ['order', orderOf],
  ['product', productOf],
  ['payment', paymentOf],
  ['list', listOf],
  ['list_response', listResponseOf],
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

function videoOf({ part }: KindSource): Partial<KindFields> {
  return { raw: part?.['gifPlayback'] === true ? { isGif: true } : {} };
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
