import { changeIn, deletionOfItself, editOfItself, type Change } from './change.ts';
import type { ChangeFacts, ToldMessage } from './change-facts.ts';
import { translateComment } from './comment.ts';
import { contactsOf, type Contacts } from './contacts.ts';
import { unwrap } from './content.ts';
import { ignore } from './drafts.ts';
import { editedAt, isEditOfItself, translateEdit } from './edit.ts';
import {
  hold,
  holdSealed,
  isAwaited,
  lacksContent,
  withHeld,
  withMessages,
  type Recorded,
  merged,
} from './held.ts';
import { inField } from './protobuf.ts';
import { translateReaction } from './reaction.ts';
import { recordMessage } from './record-message.ts';
import { translateRevoke } from './revoke.ts';
import { translateUnanswered } from './sent.ts';
import { isTaken, storedMessage } from './stored-message.ts';
import { targetOf } from './target.ts';
import type { Context, MessageContent, StoredMessage, Translation } from './translation.ts';
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
  if (result.do !== 'record') return result;
  const stored = storable(result, contacts, context);
  return withHeld(told.isPast === true ? { ...stored, events: [] } : stored, context, translateTold);
}

/** What was held until a message had content, when nobody can tell the content: it is told without. */
export function giveUpContent(told: Pick<ToldMessage, 'id' | 'address'>, context: Context): Translation {
  const stored = storedMessage(context, contactsOf([], context), { ...told.address, id: told.id });
  if (stored === undefined || !isAwaited(stored)) return ignore('internal: no content');
  const givenUp: StoredMessage = { ...stored, isGivenUp: true };
  return withHeld({ do: 'record', events: [], messages: [givenUp] }, context, translateTold);
}

function storable(result: Recorded, contacts: Contacts, context: Context): Recorded {
  return { ...result, messages: result.messages.filter((message) => !isTaken(message, context, contacts)) };
}

function changeOf(told: ToldMessage, contacts: Contacts, context: Context): Change | null {
  const { id, address } = told;
  if (told.isDeletion === true) return deletionOfItself(id);
  const { content } = told.unwrapped;
  const change = changeIn(content);
  if (change !== null || !isEditOfItself(told)) return change;
  const known = storedMessage(context, contacts, { id, ...address })?.data;
  const isKnown = known !== undefined && known.type !== 'ciphertext';
  return isKnown ? editOfItself(id, content, editedAt(told)) : null;
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
  const known = storedMessage(context, contacts, target);
  const unanswered = known === undefined ? translateUnanswered(target, context, contacts) : null;
  const stored = known ?? unanswered?.message;
  if (stored === undefined && !context.offlineSyncEnded)
    return { do: 'wait', reason: `the message ${target.id} that it is about is not known yet` };
  const facts: ChangeFacts = { told, target, stored, contacts, own, context };
  if (unanswered !== null) return afterMessage(unanswered, translateKind(change, facts));
  if (told.isRetold === true && change.is === 'edit' && lacksContent(stored))
    return recordEdited(change, facts);
  if (stored === undefined || !isAwaited(stored)) {
    const result = translateKind(change, facts);
    // Everything but these stays as it is: a secret that is known and does not fit never will.
    if (lacksContent(stored) && isUndecryptable(result)) return holdSealed(change, facts, result.reason);
    return resolved(result, told, contacts, context);
  }
  return change.is === 'revoke'
    ? revokeUnseen(change, facts)
    : withHeld(hold(change, facts, stored), context, translateTold);
}

/** The secret of a message is known to all who got it, so an edit under it proves no writer. */
function isEdit(change: Change): boolean {
  return (
    change.is === 'edit' ||
    (change.is === 'sealed' && (change.use === 'Message Edit' || change.use === 'Event Edit'))
  );
}

function isUndecryptable(result: Translation): result is Extract<Translation, { do: 'ignore' }> {
  return result.do === 'ignore' && result.reason.startsWith('undecryptable');
}

/** The phone keeps an edited message as its edit only: then that is the message. */
function recordEdited(change: Extract<Change, { is: 'edit' }>, facts: ChangeFacts): Translation {
  const { told, target, stored, contacts, context } = facts;
  const { id, ...address } = target;
  const original = { ...told, id, address, unwrapped: unwrap(change.content) };
  // What is held for it is told after it, and the edit itself may be among that.
  if (stored !== undefined && isAwaited(stored)) return recordMessage(original, contacts, context);
  const edit = translateEdit(change, facts);
  if (edit.do !== 'record') return edit;
  return recordMessage(original, contacts, withMessages(context, edit.messages));
}

/** The message that nobody was told of yet, and then the change of it. */
function afterMessage(
  { events, message }: NonNullable<ReturnType<typeof translateUnanswered>>,
  change: Translation,
): Translation {
  if (change.do !== 'record') return { do: 'record', events, messages: [message] };
  const messages = merged([message], change.messages);
  return { ...change, events: [...events, ...change.events], messages };
}

/** A message that is deleted before anybody saw it will never be told, so what was held for it is told now. */
function revokeUnseen(change: Extract<Change, { is: 'revoke' }>, facts: ChangeFacts): Translation {
  const revoked = translateRevoke(change, facts);
  const { stored, context } = facts;
  if (revoked.do !== 'record' || stored === undefined) return revoked;
  const givenUp: StoredMessage = { ...stored, isGivenUp: true };
  const held = withHeld({ do: 'record', events: [], messages: [givenUp] }, context, translateTold);
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
