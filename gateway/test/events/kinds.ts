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
  disappearing,
  forwarded,
  groupInvite,
  interactive,
  interactiveReply,
  linkPreview,
  list,
  listReply,
  liveLocation,
  location,
  mention,
  order,
  payment,
  paymentRequest,
  poll,
  product,
  reply,
  scheduledEvent,
  template,
  templateReply,
  unknownKind,
  vCard,
  viewOnce,
} from '@eazewa/simulator';
import type { Content } from '@eazewa/simulator';
import type { RawMessageData } from '@eazewa/sdk/events';
import type { Parties, Told } from './expected-message.ts';

/** One kind of content, and what the contract (2.1, 2.2) wants to be told of it. */
export interface Kind {
  readonly kind: string;
  readonly content: Content;
  readonly told:
    | (Partial<Told> & Pick<Told, 'type' | 'body'>)
    | ((parties: Parties) => ReturnType<typeof asTold>);
  readonly raw?: Partial<RawMessageData>;
}

function asTold(kind: Partial<Told> & Pick<Told, 'type' | 'body'>) {
  return kind;
}

const anna = { name: 'Anna', number: '491701234567', lidJid: '153978989985921@lid' };
const ben = { name: 'Ben', number: '491709876543', lidJid: '153978989985922@lid' };
const annaId = '491701234567@c.us';
const annaWire = '491701234567@s.whatsapp.net';
const quoted = { id: '3EB0QUOTED', from: anna.number, content: { conversation: 'when?' } };
const secret = Buffer.alloc(32, 7);
const map = Buffer.from('a map');
const asked = { remoteJid: anna.lidJid, fromMe: false, id: '3EB0ASKED' };
const club = { jid: '120363025246125486@g.us', subject: 'Club' };

/** People whom the contents name. */
export const named = [anna, ben] as const;

/** Every kind of message without a file that people and businesses send. */
export const kinds: readonly Kind[] = [
  {
    kind: 'answer',
    content: reply(quoted, 'now'),
    told: { type: 'chat', body: 'now', hasQuotedMsg: true },
    raw: {
      quotedMsg: { type: 'chat', body: 'when?' },
      quotedStanzaID: quoted.id,
      quotedParticipant: annaId,
    },
  },
  {
    kind: 'question about a product',
    content: reply({ ...quoted, content: product({ id: '7', title: 'Tea', owner: annaWire }) }, 'this one?'),
    told: { type: 'chat', body: 'this one?', hasQuotedMsg: true },
    raw: {
      quotedMsg: { type: 'product', body: '', title: 'Tea', businessOwnerJid: annaId, productId: '7' },
      quotedStanzaID: quoted.id,
    },
  },
  {
    kind: 'answer to what is not quoted',
    content: {
      extendedTextMessage: { text: 'now', contextInfo: { stanzaId: quoted.id, participant: anna.lidJid } },
    },
    told: { type: 'chat', body: 'now' },
    raw: { quotedStanzaID: quoted.id, quotedParticipant: annaId },
  },
  {
    kind: 'answer to a status',
    content: reply(quoted, 'nice', { by: anna, chat: 'status@broadcast' }),
    told: { type: 'chat', body: 'nice', hasQuotedMsg: true },
    raw: {
      quotedMsg: { type: 'chat', body: 'when?' },
      quotedStanzaID: quoted.id,
      quotedParticipant: annaId,
      quotedRemoteJid: 'status@broadcast',
    },
  },
  {
    kind: 'answer to what was written in a group',
    content: reply(quoted, 'between us', { by: anna, chat: club.jid }),
    told: { type: 'chat', body: 'between us', hasQuotedMsg: true },
    raw: { quotedParticipant: annaId, quotedRemoteJid: club.jid },
  },
  {
    kind: 'text after a click on an advertisement',
    content: {
      extendedTextMessage: {
        text: 'Is it still there?',
        contextInfo: {
          conversionSource: 'FB_Ads',
          externalAdReply: {
            title: 'A bike',
            body: 'Used, red',
            thumbnail: map,
            sourceType: 'ad',
            sourceId: '120200000000000001',
            sourceUrl: 'https://fb.me/abc',
            ctwaClid: 'Afc1',
          },
        },
      },
    },
    told: { type: 'chat', body: 'Is it still there?' },
    raw: {
      ctwaContext: {
        conversionSource: 'FB_Ads',
        sourceUrl: 'https://fb.me/abc',
        description: 'Used, red',
        title: 'A bike',
        thumbnail: map.toString('base64'),
        sourceId: '120200000000000001',
        ctwaClid: 'Afc1',
      },
    },
  },
  {
    kind: 'mention',
    content: mention(`hello @153978989985921 and @${club.jid}`, [anna], [club]),
    told: {
      type: 'chat',
      body: `hello @153978989985921 and @${club.jid}`,
      mentionedIds: [annaId],
      groupMentions: [{ groupSubject: 'Club', groupJid: club.jid }],
    },
    raw: { mentionedAs: [anna.lidJid] },
  },
  {
    kind: 'mention of everybody',
    content: { extendedTextMessage: { text: 'hello @all', contextInfo: { nonJidMentions: 1 } } },
    told: { type: 'chat', body: 'hello @all' },
    raw: { nonJidMentions: 1 },
  },
  {
    kind: 'forwarded text',
    content: forwarded('have you heard', 4),
    told: { type: 'chat', body: 'have you heard', isForwarded: true, forwardingScore: 4 },
  },
  {
    kind: 'text that disappears',
    content: disappearing('soon gone', 86_400),
    told: { type: 'chat', body: 'soon gone', isEphemeral: true },
    raw: { ephemeralDuration: 86_400 },
  },
  {
    kind: 'text to be seen once',
    content: viewOnce({ extendedTextMessage: { text: 'psst' } }),
    told: { type: 'chat', body: 'psst' },
    raw: { isViewOnce: true },
  },
  {
    kind: 'link preview',
    content: linkPreview('see https://example.com/a', {
      link: 'https://example.com/a',
      title: 'An example',
      description: 'What it is',
      thumbnail: map,
    }),
    told: {
      type: 'chat',
      body: 'see https://example.com/a',
      title: 'An example',
      description: 'What it is',
      links: [{ link: 'https://example.com/a', isSuspicious: false }],
    },
  },
  {
    kind: 'location',
    content: location({
      latitude: 52.5163,
      longitude: 13.3777,
      name: 'Office',
      address: 'Main Street 1',
      url: 'https://example.com',
      thumbnail: map,
    }),
    told: {
      type: 'location',
      body: map.toString('base64'),
      location: {
        latitude: 52.5163,
        longitude: 13.3777,
        name: 'Office',
        address: 'Main Street 1',
        url: 'https://example.com',
        description: 'Office\nMain Street 1',
      },
    },
  },
  {
    kind: 'location with an address only',
    content: location({ latitude: 52.5, longitude: 13.25, address: 'Main Street 1' }),
    told: {
      type: 'location',
      body: '',
      location: { latitude: 52.5, longitude: 13.25, name: 'Main Street 1', description: 'Main Street 1' },
    },
    raw: { loc: 'Main Street 1' },
  },
  {
    kind: 'live location',
    content: liveLocation({ latitude: 52.5, longitude: 13.25, sequence: 2, offset: 30, thumbnail: map }),
    told: {
      type: 'location',
      body: map.toString('base64'),
      location: { latitude: 52.5, longitude: 13.25, description: '' },
    },
  },
  {
    kind: 'contact',
    content: contact(anna),
    told: { type: 'vcard', body: vCard(anna), vCards: [vCard(anna)] },
  },
  {
    kind: 'several contacts',
    content: contacts([anna, ben]),
    told: { type: 'multi_vcard', body: '', vCards: [vCard(anna), vCard(ben)] },
  },
  {
    kind: 'poll with one choice',
    content: poll('Tea?', ['yes', 'no'], { secret }),
    told: { type: 'poll_creation', body: 'Tea?', ...pollOf('Tea?', ['yes', 'no'], false) },
  },
  {
    kind: 'poll with any choice',
    content: poll('When?', ['Monday', 'Friday'], { selectable: 0, secret }),
    told: { type: 'poll_creation', body: 'When?', ...pollOf('When?', ['Monday', 'Friday'], true) },
  },
  {
    kind: 'event',
    content: scheduledEvent({ name: 'Party', description: 'At ours', start: 1_800_000_000, secret }),
    told: { type: 'scheduled_event_creation', body: 'Party' },
  },
  {
    kind: 'group invitation',
    content: groupInvite({ group: club, code: 'CODE', expires: 1_800_000_000, text: 'Join us' }),
    told: ({ own, chat, fromMe }) => ({
      type: 'groups_v4_invite',
      body: 'Join us',
      inviteV4: {
        inviteCode: 'CODE',
        inviteCodeExp: 1_800_000_000,
        groupId: club.jid,
        groupName: 'Club',
        fromId: fromMe ? own : chat,
        toId: fromMe ? chat : own,
      },
    }),
  },
  {
    kind: 'product',
    content: product({
      id: '7',
      title: 'Tea',
      description: 'Green',
      price1000: 4500,
      currency: 'EUR',
      owner: anna,
    }),
    told: {
      type: 'product',
      body: '',
      title: 'Tea',
      description: 'Green',
      businessOwnerJid: annaId,
      productId: '7',
    },
  },
  {
    kind: 'product with a text',
    content: product({ id: '7', title: 'Tea', owner: annaWire, text: 'It is back' }),
    told: { type: 'product', body: 'It is back', title: 'Tea', businessOwnerJid: annaId, productId: '7' },
  },
  {
    kind: 'order',
    content: order({ id: '9', token: 'TOKEN', title: 'Cart', seller: anna, items: 2, text: 'Two teas' }),
    told: { type: 'order', body: 'Two teas', orderId: '9', token: 'TOKEN' },
    raw: { sellerJid: annaId },
  },
  {
    kind: 'list',
    content: list({
      title: 'Menu',
      description: 'Choose',
      button: 'Open',
      sections: [{ title: 'Drinks', rows: [{ id: 'tea', text: 'Tea' }] }],
    }),
    told: { type: 'list', body: 'Choose', title: 'Menu', description: 'Choose' },
  },
  {
    kind: 'choice of a list',
    content: listReply({ id: 'tea', text: 'Tea' }),
    told: { type: 'list_response', body: 'Tea', selectedRowId: 'tea' },
  },
  {
    kind: 'choice of a list with a description',
    content: listReply({ id: 'tea', text: 'Tea', description: 'Green, 200 g' }),
    told: { type: 'list_response', body: 'Tea\nGreen, 200 g', selectedRowId: 'tea' },
    raw: {
      listResponse: {
        title: 'Tea',
        listType: 1,
        singleSelectReply: { selectedRowId: 'tea' },
        description: 'Green, 200 g',
      },
    },
  },
  {
    kind: 'buttons',
    content: buttons(
      'Shall we deliver?',
      [
        { id: 'yes', text: 'Yes' },
        { id: 'no', text: 'No' },
      ],
      'The shop',
    ),
    told: {
      type: 'chat',
      body: 'Shall we deliver?',
      dynamicReplyButtons: [
        { buttonId: 'yes', buttonText: { displayText: 'Yes' }, type: 1 },
        { buttonId: 'no', buttonText: { displayText: 'No' }, type: 1 },
      ],
    },
    raw: { isDynamicReplyButtonsMsg: true, footer: 'The shop' },
  },
  {
    kind: 'buttons below a place',
    content: below(
      location({ latitude: 52.5, longitude: 13.25, name: 'Office' }),
      buttons('Here?', [{ id: 'yes', text: 'Yes' }]),
    ),
    told: {
      type: 'location',
      body: 'Here?',
      location: { latitude: 52.5, longitude: 13.25, name: 'Office', description: 'Office' },
      dynamicReplyButtons: [{ buttonId: 'yes', buttonText: { displayText: 'Yes' }, type: 1 }],
    },
    raw: { lat: 52.5, lng: 13.25, loc: 'Office', isDynamicReplyButtonsMsg: true },
  },
  {
    kind: 'pressed button',
    content: buttonReply({ id: 'yes', text: 'Yes' }),
    told: { type: 'buttons_response', body: 'Yes', selectedButtonId: 'yes' },
  },
  {
    kind: 'template',
    content: template(
      'Your order is on its way',
      [
        { id: 'thanks', text: 'Thanks' },
        { url: 'https://example.com/9', text: 'Follow it' },
      ],
      { title: 'Order 9', footer: 'The shop' },
    ),
    told: { type: 'chat', body: 'Your order is on its way', title: 'Order 9' },
    raw: {
      isFromTemplate: true,
      title: 'Order 9',
      footer: 'The shop',
      hydratedButtons: [
        { index: 0, quickReplyButton: { displayText: 'Thanks', id: 'thanks' } },
        { index: 1, urlButton: { displayText: 'Follow it', url: 'https://example.com/9' } },
      ],
    },
  },
  {
    kind: 'template that is not filled in',
    content: { highlyStructuredMessage: { namespace: 'shop', elementName: 'greeting', params: ['Anna'] } },
    told: { type: 'hsm', body: '' },
    raw: {
      content: { highlyStructuredMessage: { namespace: 'shop', elementName: 'greeting', params: ['Anna'] } },
    },
  },
  {
    kind: 'payment',
    content: payment('for the tea'),
    told: { type: 'payment', body: 'for the tea' },
    raw: { paymentNoteMsg: { body: 'for the tea' } },
  },
  {
    kind: 'request of a payment',
    content: paymentRequest({
      note: 'two teas',
      amount1000: 9000,
      currency: 'EUR',
      from: anna,
      expires: 1_800_000_000,
    }),
    told: { type: 'payment', body: 'two teas' },
    raw: {
      paymentCurrency: 'EUR',
      paymentAmount1000: 9000,
      paymentMessageReceiverJid: annaId,
      paymentNoteMsg: { body: 'two teas' },
    },
  },
  {
    kind: 'declined request of a payment',
    content: { declinePaymentRequestMessage: { key: asked } },
    told: { type: 'payment', body: '' },
    raw: { content: { declinePaymentRequestMessage: { key: asked } } },
  },
  {
    kind: 'cancelled request of a payment',
    content: { cancelPaymentRequestMessage: { key: asked } },
    told: { type: 'payment', body: '' },
    raw: { content: { cancelPaymentRequestMessage: { key: asked } } },
  },
  {
    kind: 'pressed template button',
    content: templateReply({ id: 'yes', text: 'Yes' }, 1),
    told: { type: 'template_button_reply', body: 'Yes', selectedButtonId: 'yes' },
  },
  {
    kind: 'interactive message',
    content: interactive({ text: 'Book now', buttons: [{ name: 'quick_reply', params: { id: 'a' } }] }),
    told: { type: 'interactive', body: 'Book now' },
  },
  {
    kind: 'answer to an interactive message',
    content: interactiveReply('flow', { day: 'Monday' }, 'Booked'),
    told: { type: 'unknown', body: 'Booked' },
  },
  {
    kind: 'album',
    content: album({ images: 2, videos: 1 }),
    told: { type: 'album', body: '' },
  },
  {
    kind: 'call log',
    content: callLog({ video: true, outcome: 'MISSED' }),
    told: { type: 'call_log', body: '' },
  },
  {
    kind: 'comment',
    content: comment('well said', { remoteJid: club.jid, fromMe: false, id: quoted.id }),
    told: { type: 'chat', body: 'well said', hasQuotedMsg: true },
    raw: { quotedStanzaID: quoted.id },
  },
  {
    kind: 'call of a bot',
    content: botInvocation('@Meta AI hello', '867051314767696@bot'),
    told: { type: 'chat', body: '@Meta AI hello' },
  },
  {
    kind: 'answer of a bot',
    content: botAnswer('Hello!'),
    told: { type: 'chat', body: 'Hello!' },
  },
  {
    kind: 'kind that nobody knows',
    content: unknownKind(),
    told: { type: 'unknown', body: '' },
  },
];

/** A text with buttons under the part that another content has. */
function below(above: Exclude<Content, string>, { buttonsMessage }: Exclude<Content, string>): Content {
  return { buttonsMessage: { ...buttonsMessage, ...above } };
}

function pollOf(pollName: string, options: readonly string[], allowMultipleAnswers: boolean): Partial<Told> {
  return {
    pollName,
    pollOptions: options.map((name, localId) => ({ name, localId })),
    allowMultipleAnswers,
    pollInvalidated: false,
    isSentCagPollCreation: false,
    messageSecret: [...secret],
  };
}
