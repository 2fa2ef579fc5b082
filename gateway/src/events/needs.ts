import { kindOf, withoutDevice } from '../jid.ts';
import { messageAddress, messageIdOf, type MessageAddress } from './address.ts';
import { messageOf } from './app-state.ts';
import { callNeeds } from './call.ts';
import { changeIn, type Change } from './change.ts';
import { pairsIn, unknownPeople, type Pair } from './contacts.ts';
import { unwrap } from './content.ts';
import { peopleOf } from './history.ts';
import { notificationNeeds } from './notification.ts';
import { pastAddress } from './past-address.ts';
import { readReceipt } from './read-receipt.ts';
import { pairsOfRecipients } from './sent-to.ts';
import { targetChat } from './target.ts';
import type {
  HistoryRow,
  InboxRow,
  MessageRef,
  Needs,
  Own,
  PastMessage,
  PastRow,
  Stanza,
} from './translation.ts';

/**
 * What must be looked up before a row can be translated. Pure, and never throws. Whom a content names shows in the
 * translation only (`named-by-lid.ts`).
 */
export function needs(row: InboxRow, own: Own): Needs {
  switch (row.kind) {
    case 'lifecycle':
      return nothing;
    case 'message':
      return ofMessage(row, own);
    case 'history':
    case 'past':
      return ofHistory(row, own);
    case 'app-state':
      return ofAppState(row, own);
    case 'sent':
      return ofAck(row.stanza, own);
    case 'stanza':
      return ofStanza(row.stanza, own);
  }
}

function ofStanza(stanza: Stanza, own: Own): Needs {
  switch (stanza.tag) {
    case 'receipt':
      return ofReceipt(stanza, own);
    case 'ack':
      return ofAck(stanza, own);
    case 'notification':
      return { ...nothing, ...notificationNeeds(stanza, own) };
    case 'call':
      return { ...nothing, ...callNeeds(stanza, own) };
    default:
      return nothing;
  }
}

const nothing: Needs = { chat: null, addresses: [], messages: [], outgoing: [], learned: [] };

function ofMessage(row: Extract<InboxRow, { kind: 'message' }>, own: Own): Needs {
  const { content, destination } = unwrap(row.content ?? {});
  const address = messageAddress(row.stanza, own, destination);
  const id = messageIdOf(row.stanza.attrs['id']);
  const learned = [...pairsIn(row.stanza, own), ...pairsOfRecipients(row.stanza, own)];
  if ('problem' in address || id === null) return { ...nothing, learned };
  const change = changeIn(content);
  if (change !== null) return ofChange(change, address, id, learned, own);
  return {
    chat: address.chat,
    addresses: unknownPeople([address.chat, address.sender], learned, own),
    messages: [{ id, fromMe: address.fromMe }],
    outgoing: [],
    learned,
  };
}

/** Whose the message is that it is about shows only when all addresses are known: so both that have its id are wanted. */
function ofChange(
  { key, is }: Change,
  address: MessageAddress,
  id: string,
  learned: readonly Pair[],
  own: Own,
): Needs {
  const chat = targetChat(key, address);
  const named = [address.chat, address.sender, key.participant ?? '', key.chat ?? ''];
  return {
    chat,
    addresses: unknownPeople(named, learned, own),
    messages: [
      { id, fromMe: address.fromMe },
      { id: key.id, fromMe: true },
      { id: key.id, fromMe: false },
    ],
    // An own message may not be recorded yet. A key is as its sender sees it.
    outgoing: key.fromMe === address.fromMe ? [key.id] : [],
    // Only an admin may delete what somebody else wrote.
    ...(is === 'revoke' && !key.fromMe && kindOf(chat) === 'group' && { roles: true }),
    learned,
  };
}

function ofHistory(row: HistoryRow | PastRow, own: Own): Needs {
  const [first] = row.messages.flatMap((past) => pastAddress(row.chat, past, own) ?? []);
  return {
    ...nothing,
    // What came by somebody's broadcast list is in the chat with him.
    chat: first?.chat ?? withoutDevice(row.chat),
    addresses: unknownPeople(peopleOf(row), [], own),
    messages: row.messages.flatMap((past) => {
      const id = messageIdOf(past.id);
      if (id === null) return [];
      const fromMe = pastAddress(row.chat, past, own)?.fromMe ?? past.fromMe;
      return [{ id, fromMe }, ...targetsOf(past)];
    }),
  };
}

function targetsOf({ content }: PastMessage): MessageRef[] {
  const change = content === null ? null : changeIn(unwrap(content).content);
  return change === null ? [] : [true, false].map((fromMe) => ({ id: change.key.id, fromMe }));
}

function ofAppState({ change }: Extract<InboxRow, { kind: 'app-state' }>, own: Own): Needs {
  const message = messageOf(change);
  if (message === null) return nothing;
  const { chat, id, fromMe, sender } = message;
  return {
    ...nothing,
    chat,
    addresses: unknownPeople(sender === undefined ? [chat] : [chat, sender], [], own),
    messages: [{ id, fromMe }],
  };
}

function ofAck(stanza: Stanza, own: Own): Needs {
  const id = messageIdOf(stanza.attrs['id']);
  if (stanza.attrs['class'] !== 'message' || id === null) return nothing;
  const chat = withoutDevice(stanza.attrs['from'] ?? '');
  const learned = pairsIn(stanza, own);
  return {
    chat,
    addresses: unknownPeople(chat === null ? [] : [chat], learned, own),
    messages: [{ id, fromMe: true }],
    outgoing: [id],
    learned,
  };
}

function ofReceipt(stanza: Stanza, own: Own): Needs {
  const learned = pairsIn(stanza, own);
  const receipt = readReceipt(stanza, own);
  if (receipt.is === 'ignored') return { ...nothing, learned };
  const { chat } = receipt;
  const ids = receipt.is === 'ack' ? receipt.ids : [...new Set(receipt.confirmed.map(({ id }) => id))];
  const people = receipt.is === 'ack' ? [] : receipt.confirmed.map(({ recipient }) => recipient);
  return {
    chat,
    addresses: unknownPeople([chat, ...people], learned, own),
    messages: ids.map((id) => ({ id, fromMe: true })),
    ...(receipt.is === 'of many' && { recipientsOf: ids }),
    outgoing: ids,
    learned,
  };
}
