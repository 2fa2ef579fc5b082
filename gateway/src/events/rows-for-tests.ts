import { needs } from './needs.ts';
import { translate } from './translate.ts';
import type {
  Context,
  InboxRow,
  MessageContent,
  Own,
  Stanza,
  StoredMessage,
  Translation,
} from './translation.ts';

export const own: Own = {
  instanceId: 33,
  phone: '491709999999@s.whatsapp.net',
  lid: '900000000000001@lid',
};

/** A contact under both of its addresses. */
export const anna = {
  phone: '491701234567@s.whatsapp.net',
  lid: '153978989985921@lid',
  id: '491701234567@c.us',
};

export const receivedAt = 1_669_994_809_123;

export function stanza(tag: string, attrs: Record<string, string>, content?: Stanza['content']): Stanza {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

/** A message from Anna, as WhatsApp addresses it today: by LID, with her phone number beside it. */
export function messageFromAnna(
  content: MessageContent | null,
  attrs: Record<string, string> = {},
): InboxRow {
  return {
    kind: 'message',
    seq: 1,
    receivedAt,
    content,
    stanza: stanza('message', {
      from: anna.lid.replace('@', ':3@'),
      sender_pn: anna.phone,
      addressing_mode: 'lid',
      id: '3AEB0A1B2C3D4E5F6071',
      t: '1669994807',
      type: 'text',
      notify: 'Anna',
      ...attrs,
    }),
  };
}

export function receipt(attrs: Record<string, string>, content?: Stanza['content']): InboxRow {
  const all = { from: anna.lid, id: '3EB0AAAAAAAAAAAAAAAAAA', t: '1669994900', ...attrs };
  return { kind: 'stanza', seq: 2, receivedAt, stanza: stanza('receipt', all, content) };
}

export function sentAck(attrs: Record<string, string> = {}): InboxRow {
  const all = { class: 'message', from: anna.phone, id: '3EB0AAAAAAAAAAAAAAAAAA', t: '1669994899', ...attrs };
  return { kind: 'sent', seq: 2, receivedAt, stanza: stanza('ack', all) };
}

export function contextWith(parts: Partial<Context> = {}): Context {
  return {
    own,
    otherForm: new Map(),
    messages: new Map(),
    outgoing: new Map(),
    recipients: new Map(),
    offlineSyncEnded: true,
    decodeContent,
    ...parts,
  };
}

/** Stands in for WhatsApp's protobufs: content as JSON. */
function decodeContent(bytes: Uint8Array): MessageContent {
  return JSON.parse(Buffer.from(bytes).toString()) as MessageContent;
}

export function stored(...messages: StoredMessage[]): Pick<Context, 'messages'> {
  return { messages: new Map(messages.map((message) => [`${message.fromMe}_${message.id}`, message])) };
}

/** What the drain keeps in one place: translates rows one after another, each with what the earlier ones stored. */
export function drainOf(parts: Partial<Context> = {}) {
  const messages = new Map<string, StoredMessage>();
  const otherForm = new Map<string, string>(parts.otherForm);
  return {
    messages,
    take(row: InboxRow): Translation {
      for (const { lid, phone } of needs(row, own).learned) otherForm.set(lid, phone).set(phone, lid);
      const result = translate(row, contextWith({ ...parts, messages, otherForm }));
      if (result.do === 'record') {
        for (const message of result.messages) messages.set(`${message.fromMe}_${message.id}`, message);
      }
      if (result.do === 'placeholder') {
        const { message } = result;
        messages.set(`${message.fromMe}_${message.id}`, message);
      }
      return result;
    },
  };
}

/** The recorded part of a translation; fails the test when there is none. */
export function recorded(translation: Translation): Extract<Translation, { do: 'record' }> {
  if (translation.do !== 'record') throw new Error(`not recorded: ${translation.reason}`);
  return translation;
}
