import { kindOf, withoutDevice } from '../jid.ts';
import { messageIdOf, timestampOf } from './address.ts';
import { contactsOf, isOwn, pairOf, pairsIn, unknownPeople, type Pair } from './contacts.ts';
import { ignore } from './drafts.ts';
import { peopleIn, personOf } from './group-people.ts';
import { identityOf } from './identity.ts';
import { childrenOf } from './stanza-parts.ts';
import type { Context, Needs, Own, Stanza, Translation } from './translation.ts';

/** A call's lane is its caller's chat; a group's call belongs to the group. */
export function callNeeds(stanza: Stanza, own: Own): Partial<Needs> {
  const learned = pairsOfCall(stanza, own);
  const offer = offerIn(stanza);
  const caller = offer === undefined ? null : callerOf(stanza, offer);
  if (offer === undefined || caller === null) return { learned };
  const people = [caller, ...participantsOf(offer)];
  return { chat: groupOf(offer) ?? caller, addresses: unknownPeople(people, learned, own), learned };
}

/**
 * A `<call>`: the event is that somebody calls, told once. An offer that WhatsApp kept while the instance was away is
 * told too, with the time of then. How the call goes on, and that a call ended whose offer never came, is no event.
 */
export function translateCall(stanza: Stanza, receivedAtMs: number, context: Context): Translation {
  const offer = offerIn(stanza);
  if (offer === undefined) {
    const [step] = childrenOf(stanza);
    return step === undefined
      ? ignore('malformed: a call that says nothing')
      : ignore(`internal: how a call goes on (${step.tag.slice(0, 32)})`);
  }
  const id = messageIdOf(offer.attrs['call-id']);
  if (id === null) return ignore('malformed: a call without a usable id');
  const caller = callerOf(stanza, offer);
  if (caller === null) return ignore('malformed: a call without a caller');
  const { own } = context;
  const contacts = contactsOf(pairsOfCall(stanza, own), context);
  const from = contacts.id(caller);
  const { attrs } = offer;
  const call = {
    id,
    from,
    timestamp: timestampOf(stanza, receivedAtMs),
    isVideo: childrenOf(offer, 'video').length > 0 || attrs['media'] === 'video',
    isGroup: attrs['type'] === 'group' || groupOf(offer) !== null,
    fromMe: isOwn(caller, own),
    // Only a phone can take it.
    canHandleLocally: false,
    webClientShouldHandle: false,
    participants: [...new Set(participantsOf(offer).map((jid) => contacts.id(jid)))],
  };
  // Callers choose the id. Not by the caller: it may be known by its LID first and by its number later.
  return {
    do: 'record',
    events: [{ name: 'call', data: { call }, identity: identityOf(['call', id]) }],
    messages: [],
  };
}

/** Everybody in a group is told of its call by an `offer_notice`, those who shall ring by an `offer`. */
function offerIn(stanza: Stanza): Stanza | undefined {
  return childrenOf(stanza).find(({ tag }) => tag === 'offer' || tag === 'offer_notice');
}

/** The stanza itself may come from the call (`...@call`) in place of a person. */
function callerOf({ attrs }: Stanza, offer: Stanza): string | null {
  return personOf(offer.attrs['call-creator']) ?? personOf(offer.attrs['from']) ?? personOf(attrs['from']);
}

function groupOf({ attrs }: Stanza): string | null {
  const jid = withoutDevice(attrs['group-jid'] ?? '');
  return jid !== null && kindOf(jid) === 'group' ? jid : null;
}

function participantsOf(offer: Stanza): string[] {
  return [offer, ...childrenOf(offer, 'group_info')].flatMap((part) => {
    const users = childrenOf(part, 'user').map(({ attrs }) => personOf(attrs['jid']));
    return [...users.filter((jid) => jid !== null), ...peopleIn(part)];
  });
}

function pairsOfCall(stanza: Stanza, own: Own): Pair[] {
  const pairs = pairsIn(stanza, own);
  for (const { attrs } of childrenOf(stanza)) {
    const pair = pairOf(attrs['call-creator'], attrs['caller_pn'] ?? attrs['caller_lid']);
    if (pair === null || pair.phone === own.phone || pair.lid === own.lid) continue;
    if (!pairs.some(({ lid }) => lid === pair.lid)) pairs.push(pair);
  }
  return pairs;
}
