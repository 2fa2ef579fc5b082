import { postStanza } from '../channels.ts';
import type { Stanza } from '../stanza/codec.ts';
import { child, node } from '../stanza/node.ts';
import { QueryError } from './query.ts';
import type { Query } from './query.ts';

/** `newsletter`: the posts of a channel, and what happens to them while one looks. */
export function answerChannels({ iq, network, companion }: Query): Stanza[] {
  const channel = network.channels.find(iq.attrs['to']);
  if (!channel) throw new QueryError(404, 'item-not-found');
  if (child(iq, 'live_updates')) return [node('live_updates', { duration: '300' })];
  const updates = child(iq, 'message_updates');
  if (!updates || !companion) return [];
  const count = Number(updates.attrs['count'] ?? 50);
  const posts = channel.posts.slice(-count).map((post) => postStanza(channel, post, companion));
  return [node('message_updates', {}, posts)];
}
