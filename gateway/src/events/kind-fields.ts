import type {
  GroupInviteData,
  LocationData,
  MessageData,
  MessageType,
  PollOptionData,
} from '@eazewa/sdk/events';
import { bodyOf } from './body.ts';
import type { Contacts } from './contacts.ts';
import { base64In, bytesIn, numberIn, objectIn, objectsIn, textIn } from './content.ts';
import { defined } from './defined.ts';
import type { MessageContent } from './translation.ts';

/** The parts of a message that depend on its type, grouped as they stand in its JSON. */
export interface KindFields {
  readonly body: string;
  readonly media: Pick<MessageData, 'duration' | 'location'>;
  readonly vCards: readonly string[];
  readonly invite: Pick<MessageData, 'inviteV4'>;
  readonly order: Pick<MessageData, 'orderId' | 'token'>;
  readonly shop: Pick<MessageData, 'title' | 'description' | 'businessOwnerJid' | 'productId'>;
  readonly buttons: Pick<MessageData, 'selectedButtonId' | 'selectedRowId'>;
  readonly poll: Pick<
    MessageData,
    | 'pollName'
    | 'pollOptions'
    | 'allowMultipleAnswers'
    | 'pollInvalidated'
    | 'isSentCagPollCreation'
    | 'messageSecret'
  >;
}

/** What a content's field says, for the type that it makes. `from` and `to` are contact ids, for invitations. */
export function kindFields(
  type: MessageType,
  content: MessageContent,
  field: string,
  parties: Parties,
): KindFields {
  const body = bodyOf(content, field);
  const part = objectIn(content, field);
  return { ...nothing, body, ...makers.get(type)?.({ content, part, body, parties }) };
}

interface Parties {
  readonly from: string;
  readonly to: string;
  readonly contacts: Contacts;
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
};

interface Source {
  readonly content: MessageContent;
  readonly part: MessageContent | null;
  readonly body: string;
  readonly parties: Parties;
}

/** The types that have more than a body. */
const makers = new Map<MessageType, (source: Source) => Partial<KindFields>>([
  ['chat', ({ part }) => ({ shop: titleOf(part) })],
  ['audio', ({ part }) => ({ media: durationOf(part) })],
  ['ptt', ({ part }) => ({ media: durationOf(part) })],
  ['video', ({ part }) => ({ media: durationOf(part) })],
  [
    'location',
    ({ part }) => ({ body: base64In(part, 'jpegThumbnail') ?? '', media: { location: locationOf(part) } }),
  ],
  ['vcard', ({ body }) => ({ vCards: [body] })],
  [
    'multi_vcard',
    ({ part }) => ({ vCards: objectsIn(part, 'contacts').map((contact) => textIn(contact, 'vcard') ?? '') }),
  ],
  ['groups_v4_invite', ({ part, parties }) => ({ invite: { inviteV4: inviteOf(part, parties) } })],
  [
    'order',
    ({ part }) => ({ order: defined({ orderId: textIn(part, 'orderId'), token: textIn(part, 'token') }) }),
  ],
  ['product', ({ part, parties }) => ({ shop: productOf(part, parties.contacts) })],
  ['list', ({ part }) => ({ shop: titleOf(part) })],
  [
    'list_response',
    ({ part }) => ({
      buttons: defined({ selectedRowId: textIn(objectIn(part, 'singleSelectReply'), 'selectedRowId') }),
    }),
  ],
  [
    'buttons_response',
    ({ part }) => ({ buttons: defined({ selectedButtonId: textIn(part, 'selectedButtonId') }) }),
  ],
  [
    'template_button_reply',
    ({ part }) => ({ buttons: defined({ selectedButtonId: textIn(part, 'selectedId') }) }),
  ],
  ['poll_creation', ({ content, part }) => ({ poll: pollOf(content, part) })],
]);

function titleOf(part: MessageContent | null): KindFields['shop'] {
  return defined({ title: textIn(part, 'title'), description: textIn(part, 'description') });
}

function durationOf(part: MessageContent | null): KindFields['media'] {
  return defined({ duration: numberIn(part, 'seconds')?.toString() });
}

function locationOf(part: MessageContent | null): LocationData {
  const name = textIn(part, 'name');
  const address = textIn(part, 'address');
  return {
    latitude: numberIn(part, 'degreesLatitude') ?? 0,
    longitude: numberIn(part, 'degreesLongitude') ?? 0,
    ...defined({ name, address, url: textIn(part, 'url') }),
    description: [name, address].filter((line) => line !== undefined).join('\n'),
  };
}

function inviteOf(part: MessageContent | null, { from, to }: { from: string; to: string }): GroupInviteData {
  return {
    inviteCode: textIn(part, 'inviteCode') ?? '',
    inviteCodeExp: numberIn(part, 'inviteExpiration') ?? 0,
    groupId: textIn(part, 'groupJid') ?? '',
    groupName: textIn(part, 'groupName') ?? '',
    fromId: from,
    toId: to,
  };
}

function productOf(part: MessageContent | null, contacts: Contacts): KindFields['shop'] {
  const product = objectIn(part, 'product');
  const owner = textIn(part, 'businessOwnerJid');
  return defined({
    title: textIn(product, 'title'),
    description: textIn(product, 'description'),
    businessOwnerJid: owner === undefined ? undefined : contacts.id(owner),
    productId: textIn(product, 'productId'),
  });
}

function pollOf(content: MessageContent, part: MessageContent | null): KindFields['poll'] {
  const secret = bytesIn(objectIn(content, 'messageContextInfo'), 'messageSecret');
  return {
    pollName: textIn(part, 'name') ?? '',
    pollOptions: objectsIn(part, 'options').map((option, localId): PollOptionData => ({
      name: textIn(option, 'optionName') ?? '',
      localId,
    })),
    // 0 is "as many as you like".
    allowMultipleAnswers: (numberIn(part, 'selectableOptionsCount') ?? 0) !== 1,
    pollInvalidated: false,
    isSentCagPollCreation: false,
    ...(secret === undefined ? {} : { messageSecret: [...secret] }),
  };
}
