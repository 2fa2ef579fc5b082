import { createHash } from 'node:crypto';
import type { PollOptionData, SelectedOptionData } from '@eazewa/sdk/events';
import type { Change } from './change.ts';
import type { ChangeFacts } from './change-facts.ts';
import { ignore, voteUpdated } from './drafts.ts';
import { repeatedBytes } from './protobuf.ts';
import { idAt, senderIdOf } from './target.ts';
import type { Translation } from './translation.ts';
import { unseal } from './unseal.ts';

/** `vote_update`: all that the voter has chosen now, nothing when the vote is taken back. */
export function translateVote(
  { sealed, atMs }: Extract<Change, { is: 'vote' }>,
  facts: ChangeFacts,
): Translation {
  const { told, target, stored, contacts, own } = facts;
  if (stored?.data.type === 'revoked') return ignore('internal: a vote in a poll that is deleted');
  const opened = unseal(sealed, 'Poll Vote', facts);
  if ('problem' in opened) return ignore(`undecryptable: a vote: ${opened.problem}`);
  const { data } = opened.stored;
  const vote = {
    voter: senderIdOf(told.address, contacts, own),
    selectedOptions: selectedOptions(repeatedBytes(opened.bytes, 1), data.pollOptions ?? []),
    interractedAtTs: atMs ?? told.timestamp * 1000,
    parentMessage: data,
    parentMsgKey: data.id,
  };
  const id = idAt({ ...told.address, chat: target.chat }, told.id, contacts, own, data.id.remote);
  return { do: 'record', events: [voteUpdated(vote, id)], messages: [] };
}

/** A vote names options by the SHA-256 of their names (WAProto's `PollVoteMessage`). */
function selectedOptions(
  hashes: readonly Uint8Array[],
  options: readonly PollOptionData[],
): SelectedOptionData[] {
  const byHash = new Map(options.map((option) => [hashOf(option.name), option]));
  return hashes.map((hash) => {
    const option = byHash.get(Buffer.from(hash).toString('hex'));
    return { name: option?.name ?? '', localId: option?.localId ?? -1 };
  });
}

function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
