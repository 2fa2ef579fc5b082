import { messagesOf, postWithCounts, watchSeconds } from '../channel/add-ons.ts';
import type { Stanza } from '../stanza/codec.ts';
import { child, node } from '../stanza/node.ts';
import { QueryError } from './query.ts';
import type { Query } from './query.ts';

/** `newsletter`: the posts of a channel with their counts, and the wish to hear of these while one looks. */
export function answerChannels({ iq, network, companion }: Query): Stanza[] {
  const channel = network.channels.find(iq.attrs['to']);
  if (!channel) throw new QueryError(404, 'item-not-found');
  if (!companion) return [];
  if (child(iq, 'live_updates')) {
    channel.watchers.set(companion, Date.now() + watchSeconds * 1000);
    return [node('live_updates', { duration: String(watchSeconds) })];
  }
  const updates = child(iq, 'message_updates');
  if (!updates) return [];
  const count = Number(updates.attrs['count'] ?? 50);
  const posts = channel.posts.slice(-count).map((post) => postWithCounts(channel, post, companion.account));
  return [node('message_updates', {}, [messagesOf(channel, posts)])];
}
