import { changeIn, editOfItself, type Change } from './change.ts';
import type { ChangeFacts, ToldMessage } from './change-facts.ts';
import { translateComment } from './comment.ts';
import { contactsOf, type Contacts } from './contacts.ts';
import { unwrapped } from './content.ts';
import { ignore } from './drafts.ts';
import { translateEdit } from './edit.ts';
import { inField } from './protobuf.ts';
import { translateReaction } from './reaction.ts';
import { recordMessage } from './record-message.ts';
import { translateRevoke } from './revoke.ts';
import { isTaken, storedMessage } from './stored-message.ts';
import { targetOf, wiresOf } from './target.ts';
import type { Context, HeldChange, MessageContent, StoredMessage, Translation } from './translation.ts';
import { unseal } from './unseal.ts';
import { translateVote } from './vote.ts';

/**
 * What a decrypted message is for receivers: a message, or a change of another one. What was held until its message had
 * content is told right after the message.
 */
export function translateTold(told: ToldMessage, contacts: Contacts, context: Context): Translation {
  const change = changeOf(told, contacts, context);
  const result =
    change === null
      ? recordMessage(told, contacts, context)
      : translateChange(change, told, contacts, context);
  return result.do === 'record' ? withHeld(storable(result, contacts, context), context) : result;
}

/** What was held until a message had content, when nobody can tell the content: it is told without. */
export function giveUpContent(told: Pick<ToldMessage, 'id' | 'address'>, context: Context): Translation {
  const stored = storedMessage(context, contactsOf([], context), { ...told.address, id: told.id });
  if (stored === undefined || !isAwaited(stored)) return ignore('internal: no content');
  const givenUp: StoredMessage = { ...stored, isGivenUp: true };
  return withHeld({ do: 'record', events: [], messages: [givenUp] }, context);
}

type Recorded = Extract<Translation, { do: 'record' }>;

function storable(result: Recorded, contacts: Contacts, context: Context): Recorded {
  return { ...result, messages: result.messages.filter((message) => !isTaken(message, context, contacts)) };
}

function changeOf(told: ToldMessage, contacts: Contacts, context: Context): Change | null {
  const { id, address, timestamp, isEdit = false } = told;
  const { content } = told.unwrapped;
  const change = changeIn(content);
  if (change !== null || !(isEdit || told.unwrapped.isEdit)) return change;
  const known = storedMessage(context, contacts, { id, ...address })?.data;
  const isKnown = known !== undefined && known.type !== 'ciphertext';
  return isKnown ? editOfItself(id, content, timestamp * 1000) : null;
}

function translateChange(
  change: Change,
  told: ToldMessage,
  contacts: Contacts,
  context: Context,
): Translation {
  const { own } = context;
  // Only its writer can edit a message, whatever the key says.
  const key = isEdit(change) ? { ...change.key, fromMe: true } : change.key;
  const target = targetOf(key, told.address, contacts, own);
  const stored = storedMessage(context, contacts, target);
  if (stored === undefined && !context.offlineSyncEnded)
    return { do: 'wait', reason: `the message ${target.id} that it is about is not known yet` };
  const facts: ChangeFacts = { told, target, stored, contacts, own, context };
  if (stored === undefined || !isAwaited(stored))
    return resolved(translateKind(change, facts), told, contacts, context);
  return change.is === 'revoke' ? revokeUnseen(change, facts) : hold(change, facts, stored);
}

/** The secret of a message is known to all who got it, so an edit under it proves no writer. */
function isEdit(change: Change): boolean {
  return (
    change.is === 'edit' ||
    (change.is === 'sealed' && (change.use === 'Message Edit' || change.use === 'Event Edit'))
  );
}

/** A message that is deleted before anybody saw it will never be told, so what was held for it is told now. */
function revokeUnseen(change: Extract<Change, { is: 'revoke' }>, facts: ChangeFacts): Translation {
  const revoked = translateRevoke(change, facts);
  const { stored, context } = facts;
  if (revoked.do !== 'record' || stored === undefined) return revoked;
  const held = withHeld({ do: 'record', events: [], messages: [{ ...stored, isGivenUp: true }] }, context);
  // Nobody needs its content any more.
  const resolvedNow = [{ id: stored.id, fromMe: stored.fromMe }];
  return { ...revoked, events: [...held.events, ...revoked.events], resolved: resolvedNow };
}

function translateKind(change: Change, facts: ChangeFacts): Translation {
  switch (change.is) {
    case 'reaction':
      return translateReaction(change, facts);
    case 'edit':
      return translateEdit(change, facts);
    case 'revoke':
      return translateRevoke(change, facts);
    case 'vote':
      return translateVote(change, facts);
    case 'comment':
      return translateComment(change, facts);
    case 'sealed':
      return translateSealed(change, facts);
  }
}

function translateSealed(
  { key, sealed, use }: Extract<Change, { is: 'sealed' }>,
  facts: ChangeFacts,
): Translation {
  const opened = unseal(sealed, use, facts);
  if ('problem' in opened) return ignore(`undecryptable: ${use}: ${opened.problem}`);
  const isReaction = use === 'Enc Reaction';
  const bytes = isReaction ? inField(reactionField, opened.bytes) : opened.bytes;
  const content = decoded(bytes, facts.context);
  if (content === null) return ignore(`malformed: ${use}: what was encrypted is no message`);
  const change = sealedChange(use, key, content);
  return change === null ? ignore(`malformed: ${use}: it says nothing`) : translateKind(change, facts);
}

/** WAProto's number of `Message.reactionMessage`: an encrypted reaction is only the inner protobuf. */
const reactionField = 46;

function sealedChange(
  use: Extract<Change, { is: 'sealed' }>['use'],
  key: Change['key'],
  content: MessageContent,
): Change | null {
  const inner = changeIn(content);
  switch (use) {
    case 'Enc Reaction': {
      // The key stands outside of what is encrypted, so it is missing inside.
      const reaction = content['reactionMessage'];
      const parts = typeof reaction === 'object' && reaction !== null ? reaction : {};
      const outer = { id: key.id, fromMe: key.fromMe };
      const change = changeIn({ reactionMessage: { ...parts, key: outer } });
      return change === null ? null : { ...change, key };
    }
    case 'Enc Comment':
      return inner?.is === 'comment' ? { ...inner, key } : { is: 'comment', key, content };
    case 'Event Edit':
    case 'Message Edit':
      return inner?.is === 'edit' ? { ...inner, key } : { is: 'edit', key, content, atMs: null };
    case 'Event Response':
      return null;
  }
}

function decoded(bytes: Uint8Array, { decodeContent }: Context): MessageContent | null {
  try {
    return decodeContent(bytes);
  } catch {
    return null;
  }
}

/** The content of the message may still come, and what is said about it should not come before. */
function isAwaited({ data, isGivenUp }: StoredMessage): boolean {
  return data.type === 'ciphertext' && data._data.incomplete === true && isGivenUp !== true;
}

function hold({ key }: Change, { told, contacts, context }: ChangeFacts, stored: StoredMessage): Translation {
  const { id, address, timestamp, notifyName } = told;
  const people = [address.chat, address.sender, ...(key.participant === null ? [] : [key.participant])];
  const held: HeldChange = {
    id,
    address,
    timestamp,
    ...(notifyName === undefined ? {} : { notifyName }),
    content: told.unwrapped.content,
    pairs: people.flatMap((person) => {
      const [phone, lid] = wiresOf(person, contacts);
      return phone === undefined || lid === undefined ? [] : [{ phone, lid }];
    }),
  };
  const others = (stored.held ?? []).filter((other) => other.id !== id);
  const all: StoredMessage = { ...stored, held: [...others, held] };
  const isFull = others.length >= heldMax;
  return withHeld(
    { do: 'record', events: [], messages: [isFull ? { ...all, isGivenUp: true } : all] },
    context,
  );
}

/**
 * Each one more writes all of them anew, and strangers choose how many there are: beyond this they are told without the
 * message.
 */
const heldMax = 100;

/** A change that had come without content before is there now. */
function resolved(
  result: Translation,
  { id, address }: ToldMessage,
  contacts: Contacts,
  context: Context,
): Translation {
  const known = storedMessage(context, contacts, { id, ...address });
  if (result.do !== 'record' || known?.data.type !== 'ciphertext') return result;
  return { ...result, resolved: [...(result.resolved ?? []), { id, fromMe: address.fromMe }] };
}

/** The translation of a message, and then of all that was held for it. */
function withHeld(result: Recorded, context: Context): Recorded {
  const [message] = result.messages;
  if (message?.held === undefined || isAwaited(message)) return result;
  const { held, ...told } = message;
  let all: Recorded = { ...result, messages: [told] };
  for (const change of held) {
    const messages = new Map(context.messages);
    for (const known of all.messages) messages.set(`${known.fromMe}_${known.id}`, known);
    const next = translateHeld(change, { ...context, messages });
    if (next.do !== 'record') {
      all = { ...all, note: next.reason };
      continue;
    }
    all = { ...all, events: [...all.events, ...next.events], messages: merged(all.messages, next.messages) };
  }
  return all;
}

function translateHeld(change: HeldChange, context: Context): Translation {
  const { id, address, timestamp, notifyName, content, pairs } = change;
  const told = { id, address, timestamp, notifyName, unwrapped: unwrapped(content) };
  return translateTold(told, contactsOf(pairs, context), context);
}

/** The newest of each message. */
function merged(one: readonly StoredMessage[], other: readonly StoredMessage[]): StoredMessage[] {
  const isNewer = (message: StoredMessage) =>
    other.some(({ id, fromMe }) => id === message.id && fromMe === message.fromMe);
  return [...one.filter((message) => !isNewer(message)), ...other];
}
