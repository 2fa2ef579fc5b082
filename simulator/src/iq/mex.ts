import type { Channel } from '../channel/channel.ts';
import type { Stanza } from '../stanza/codec.ts';
import { child, node, textOf } from '../stanza/node.ts';
import type { Query } from './query.ts';

/** `w:mex`: GraphQL inside a stanza. Channels are found, followed and left; every other query finds nothing. */
export function answerGraphQuery({ iq, network, companion }: Query): Stanza[] {
  const query = child(iq, 'query');
  const jid = channelNamedBy(textOf(query) ?? '{}');
  const channel = network.channels.find(jid);
  const account = companion?.account;
  const answers: Record<string, () => object> = {
    [queryIds.metadata]: () => ({ xwa2_newsletter: channel ? describe(channel) : null }),
    [queryIds.follow]: () => {
      if (channel && account) channel.followers.add(account);
      return { xwa2_newsletter_join_v2: channel ? { id: channel.jid } : null };
    },
    [queryIds.unfollow]: () => {
      if (account) channel?.followers.delete(account);
      return { xwa2_newsletter_leave_v2: channel ? { id: channel.jid } : null };
    },
  };
  const data = answers[query?.attrs['query_id'] ?? '']?.() ?? {};
  return [node('result', {}, Buffer.from(JSON.stringify({ data })))];
}

/** As Baileys 7 numbers them (`QueryIds`). */
const queryIds = { metadata: '6563316087068696', follow: '24404358912487870', unfollow: '9767147403369991' };

function channelNamedBy(json: string): string | undefined {
  const { variables } = JSON.parse(json) as {
    variables?: { newsletter_id?: string; input?: { key?: string } };
  };
  return variables?.newsletter_id ?? variables?.input?.key;
}

function describe({ jid, name, description, followers }: Channel): object {
  return {
    id: jid,
    state: { type: 'ACTIVE' },
    thread_metadata: {
      name: { text: name },
      description: { text: description },
      subscribers_count: String(followers.size),
    },
  };
}
