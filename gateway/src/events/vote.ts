import { createHash } from 'node:crypto';
import type { PollOptionData, SelectedOptionData } from '@eazewa/sdk/events';
import type { Change } from './change.ts';
import type { ChangeFacts } from './change-facts.ts';
import { ignore, voteUpdated } from './drafts.ts';
import { repeatedBytes } from './protobuf.ts';
import { idAt, senderIdOf } from './target.ts';
import type { StoredMessage, Translation } from './translation.ts';
import { unseal } from './unseal.ts';

/** `vote_update`: all that the voter has chosen now, nothing when the vote is taken back. */
export function translateVote(
  { sealed, atMs }: Extract<Change, { is: 'vote' }>,
  facts: ChangeFacts,
): Translation {
  if (facts.stored?.data.type === 'revoked') return ignore('internal: a vote in a poll that is deleted');
  const opened = unseal(sealed, 'Poll Vote', facts);
  if ('problem' in opened) return ignore(`undecryptable: a vote: ${opened.problem}`);
  return recordVote(repeatedBytes(opened.bytes, 1), atMs, { ...facts, stored: opened.stored });
}

/** The same for a vote that is open: the chosen options by their hashes, and when, in milliseconds since 1970. */
export function recordVote(
  hashes: readonly Uint8Array[],
  atMs: number | null,
  { told, target, stored, contacts, own }: ChangeFacts & { readonly stored: StoredMessage },
): Translation {
  const { data } = stored;
  const voter = senderIdOf(told.address, contacts, own);
  const at = atMs ?? told.timestamp * 1000;
  const known = stored.votes?.[voter];
  if (known?.id === told.id) return ignore('repeated: the vote is recorded');
  if (known !== undefined && known.atMs > at)
    return ignore('repeated: a later vote of the same person is recorded');
  const vote = {
    voter,
    selectedOptions: selectedOptions(hashes, data.pollOptions ?? []),
    interractedAtTs: at,
    parentMessage: data,
    parentMsgKey: data.id,
  };
  const id = idAt({ ...told.address, chat: target.chat }, told.id, contacts, own, data.id.remote);
  const votes = { ...stored.votes, [voter]: { id: told.id, atMs: at } };
  return { do: 'record', events: [voteUpdated(vote, id)], messages: [{ ...stored, votes }] };
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
