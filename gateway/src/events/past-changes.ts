import { messageIdOf, type MessageAddress } from './address.ts';
import type { ChangeFacts, ToldMessage } from './change-facts.ts';
import { contactsOf } from './contacts.ts';
import { unwrapped } from './content.ts';
import { ignore } from './drafts.ts';
import { isAwaited } from './held.ts';
import { pastAddress } from './past-address.ts';
import { translateReaction } from './reaction.ts';
import { translateRevoke } from './revoke.ts';
import { storedMessage } from './stored-message.ts';
import type {
  Context,
  HistoryRow,
  PastDeletion,
  PastMessage,
  PastReaction,
  PastRow,
  PastVote,
  StoredMessage,
  Translation,
} from './translation.ts';
import { recordVote } from './vote.ts';

/** One thing that a part of the history says. */
export type Step = (context: Context) => Translation;

/** A message of the history, where it belongs, and the row that tells it. */
export interface PastPlace {
  readonly id: string;
  readonly address: MessageAddress;
  readonly row: HistoryRow | PastRow;
}

/**
 * What the phone keeps beside a message: reactions, votes, its deletion. News when the message is no past one and nobody
 * told it before; else only the stored message changes.
 */
export function changeSteps({ reactions = [], votes = [], deletion }: PastMessage, place: PastPlace): Step[] {
  return [
    ...reactions.map((reaction) => saidStep(reaction, place, (facts) => translateReaction(reaction, facts))),
    ...votes.map((vote) => saidStep(vote, place, (facts) => recordVote(vote.hashes, vote.atMs, facts))),
    ...(deletion === undefined || deletion === null ? [] : [deletionStep(deletion, place)]),
  ];
}

type Facts = ChangeFacts & { readonly stored: StoredMessage };

function saidStep(
  said: PastReaction | PastVote,
  place: PastPlace,
  translate: (facts: Facts) => Translation,
): Step {
  return (context) => {
    const id = messageIdOf(said.id);
    const address = pastAddress(place.row.chat, said, context.own);
    if (id === null || address === null) return ignore('malformed: a change in the history');
    const timestamp = Math.floor((said.atMs ?? place.row.receivedAt) / 1000);
    return translateChange({ id, address, timestamp }, place, context, translate);
  };
}

function deletionStep({ by, at }: PastDeletion, place: PastPlace): Step {
  return (context) => {
    const writer = place.address;
    const address = by === null ? writer : pastAddress(place.row.chat, adminOf(by), context.own);
    if (address === null) return ignore('malformed: a deletion in the history');
    const timestamp = at ?? Math.floor(place.row.receivedAt / 1000);
    const { id } = place;
    const key = { id, fromMe: by === null, chat: null, participant: null };
    return translateChange({ id, address, timestamp }, place, context, (facts) =>
      translateRevoke({ is: 'revoke', key }, facts),
    );
  };
}

function adminOf(by: string) {
  return { fromMe: false, participant: by };
}

/** What is not known, or still to come, stays as it is. */
function translateChange(
  said: Pick<ToldMessage, 'id' | 'address' | 'timestamp'>,
  { id, address, row }: PastPlace,
  context: Context,
  translate: (facts: Facts) => Translation,
): Translation {
  const contacts = contactsOf([], context);
  const target = { ...address, id };
  const stored = storedMessage(context, contacts, target);
  if (stored === undefined || isAwaited(stored))
    return ignore('internal: it is about a message that nobody saw');
  const told = { ...said, unwrapped: unwrapped({}) };
  const result = translate({ told, target, stored, contacts, own: context.own, context });
  return result.do === 'record' && row.kind === 'past' ? { ...result, events: [] } : result;
}
