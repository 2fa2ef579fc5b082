import type { Chats } from '../chats/chat-store.ts';
import type { Statement } from '../database/sql.ts';
import { messageIdOf } from '../events/address.ts';
import { needs } from '../events/needs.ts';
import type {
  Confirmation,
  EventDraft,
  GroupChange,
  InboxRow,
  MessageRef,
  Needs,
  Own,
  StoredMessage,
  Translation,
} from '../events/translation.ts';
import { parseJid } from '../jid.ts';
import type { ServerAnswer } from '../messages/server-answer.ts';
import { fetchContext, type ContextParts } from './fetch-context.ts';
import type { InboxRecord } from './inbox-rows.ts';
import { readRow } from './read-row.ts';
import { translateRow } from './translate-row.ts';

/** A message without its content: which it is, and by which wire jids it is asked for. */
export interface Missing {
  readonly message: MessageRef;
  readonly chat: string;
  readonly sender: string;
}

/** What is to be written for one row. */
export interface RowPlan {
  readonly record: InboxRecord;
  /** The chat whose lane it belongs to; null for the instance's own. */
  readonly chatId: number | null;
  readonly drafts: readonly EventDraft[];
  readonly messages: readonly StoredMessage[];
  /** Why the row ends without events, or null. */
  readonly note: string | null;
  /** Set when nothing could be made of the row: it stays visible. */
  readonly isParked: boolean;
  /** For the server's answer to a message of ours. */
  readonly answer: ServerAnswer | null;
  /** For a message that came without its content: how to ask for it. */
  readonly placeholder: Missing | null;
  /** Messages that had been known without their content until now. */
  readonly resolved: readonly MessageRef[];
  /** Numbers of parked rows whose events are told now. */
  readonly unparked: readonly number[];
  /** How many of the messages should have come earlier. */
  readonly late: number;
  readonly groups: readonly GroupChange[];
  readonly sentTo: NonNullable<Recorded['sentTo']>;
  readonly confirmations: readonly Confirmation[];
  /** Of a message that the store does not know: its events can hardly have been recorded before. */
  readonly isNew: boolean;
}

type Recorded = Extract<Translation, { do: 'record' }>;

export interface PlanParts extends ContextParts {
  readonly chats: Chats;
  /** Writes what the row tells about who is who, before anything is made of it. */
  readonly write: (statements: readonly Statement[]) => void;
  /** Called before the planning itself waits for a commit, which must not wait for what is planned. */
  readonly beforeCommit?: () => void;
}

/** The lane of a row, and its plan; `wait` means that the lane must not go past it yet. */
export interface Planned {
  readonly lane: number;
  readonly plan: RowPlan | 'wait';
}

/** A row with what it needs to be translated, or with why it cannot be understood. */
export type Understood =
  | { readonly record: InboxRecord; readonly row: InboxRow; readonly wanted: Needs }
  | { readonly record: InboxRecord; readonly problem: string };

/** The first pure step of a row. A row that cannot be read is told apart, never thrown. */
export function understandRow(record: InboxRecord, own: Own, parts: PlanParts): Understood {
  try {
    const row = readRow(record, parts);
    return { record, row, wanted: needs(row, own) };
  } catch (error) {
    return { record, problem: messageOf(error) };
  }
}

/**
 * Makes the plan of one row: which chat, what it means. A row that cannot be understood or translated is parked, never
 * thrown.
 *
 * @throws StoreFailure when the store is down.
 */
export async function planRow(
  understood: Understood,
  own: Own,
  offlineSyncEnded: boolean,
  isHeld: (lane: number) => boolean,
  parts: PlanParts,
): Promise<Planned> {
  const { record } = understood;
  if ('problem' in understood) return { lane: 0, plan: parked(record, null, understood.problem) };
  const { row, wanted } = understood;
  learn(wanted, parts);
  const chatId = wanted.chat === null ? null : await chatOf(wanted.chat, parts);
  const lane = chatId ?? 0;
  if (record.state === 'undecided' || isHeld(lane)) return { lane, plan: 'wait' };
  const context = await fetchContext(wanted, own, offlineSyncEnded, parts);
  const translated = await translateRow(row, wanted, context, parts);
  if ('problem' in translated) return { lane, plan: parked(record, chatId, translated.problem) };
  if (translated.do === 'wait') {
    return { lane, plan: offlineSyncEnded ? parked(record, chatId, translated.reason) : 'wait' };
  }
  const isNew = row.kind === 'message' && context.messages.size === 0;
  return { lane, plan: { ...planOf(record, row, chatId, translated), isNew } };
}

function planOf(
  record: InboxRecord,
  row: InboxRow,
  chatId: number | null,
  translation: Exclude<Translation, { do: 'wait' }>,
): RowPlan {
  const plan = planOfTranslation(record, chatId, translation);
  return row.kind === 'sent' ? { ...plan, answer: answerOf(row.stanza.attrs, plan.messages) } : plan;
}

function planOfTranslation(
  record: InboxRecord,
  chatId: number | null,
  translation: Exclude<Translation, { do: 'wait' }>,
): RowPlan {
  const plan = { ...nothing, record, chatId };
  switch (translation.do) {
    case 'record': {
      const { events: drafts, messages, resolved = [], late = 0, note = null } = translation;
      const { groups = [], sentTo = [], confirmations = [], unparked = [], isParked = false } = translation;
      const told = { drafts, messages, resolved, unparked, late, groups, sentTo, confirmations };
      return { ...plan, ...told, isParked, note: note === null ? null : noteOf(note) };
    }
    case 'placeholder': {
      const { message, chat, sender, reason } = translation;
      const placeholder = { message, chat, sender };
      return { ...plan, messages: [message], placeholder, note: noteOf(reason), isParked: true };
    }
    case 'ignore': {
      const { reason, messages = [] } = translation;
      return { ...plan, messages, note: noteOf(reason), isParked: reason.startsWith('undecryptable') };
    }
  }
}

const nothing: Omit<RowPlan, 'record' | 'chatId'> = {
  drafts: [],
  messages: [],
  note: null,
  isParked: false,
  answer: null,
  placeholder: null,
  resolved: [],
  unparked: [],
  late: 0,
  groups: [],
  sentTo: [],
  confirmations: [],
  isNew: false,
};

function answerOf(
  attrs: Readonly<Record<string, string>>,
  messages: readonly StoredMessage[],
): ServerAnswer | null {
  const messageId = messageIdOf(attrs['id']);
  if (messageId === null) return null;
  const message = messages.find(({ id }) => id === messageId);
  const error = attrs['error'];
  return { messageId, message: message?.data ?? null, error: error === undefined ? null : noteOf(error) };
}

function parked(record: InboxRecord, chatId: number | null, problem: string): RowPlan {
  return { ...nothing, record, chatId, note: noteOf(problem), isParked: true };
}

/** As it may be stored and logged: a reason may quote what came, and that can be anything. */
function noteOf(reason: string): string {
  const text = reason.replaceAll(/\p{Cc}+/gu, ' ').toWellFormed();
  return text.length <= noteMax ? text : `${text.slice(0, noteMax - 3)}...`;
}

const noteMax = 300;

/** The plan of a row that failed through a mistake of ours or damage: it stays visible, with the reason. */
export function parkedPlan(record: InboxRecord, error: unknown): RowPlan {
  return parked(record, null, messageOf(error));
}

function learn(wanted: Needs, { addresses, write }: PlanParts): void {
  const statements = wanted.learned.flatMap(({ lid, phone }) => {
    const lidUser = parseJid(lid)?.user;
    const phoneUser = parseJid(phone)?.user;
    return lidUser === undefined || phoneUser === undefined
      ? []
      : addresses.learn({ lid: lidUser, phone: phoneUser });
  });
  if (statements.length > 0) write(statements);
}

async function chatOf(jid: string, { chats, addresses, beforeCommit }: PlanParts): Promise<number> {
  return chats.resolve(await addresses.formsOf(jid), beforeCommit);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
