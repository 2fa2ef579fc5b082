import { kindOf } from '../jid.ts';
import { childOf } from './stanza-parts.ts';
import type { Stanza } from './translation.ts';

/** What a `<message>` of a channel is, beside what its content says. */
export type ChannelStanza =
  | { readonly is: 'post' }
  /** Comes under the id of the post. The times are in milliseconds and seconds since 1970; null when they are not said. */
  | { readonly is: 'edit'; readonly editedAtMs: number | null; readonly postedAt: number | null }
  /** Comes under the id of the post, without content. */
  | { readonly is: 'deletion' }
  /** What an own device says about a post, which it names by the channel's number of it (`server_id`) alone. */
  | { readonly is: 'reaction' | 'vote' };

/**
 * Reads a `<message>` as WhatsApp Web does (`WASmaxInMessageDeliverNewsletterMessageFanoutContent`); null for one that is of
 * no channel.
 */
export function channelStanza(stanza: Stanza): ChannelStanza | null {
  const { from = '', type, edit } = stanza.attrs;
  if (kindOf(from) !== 'newsletter') return null;
  const meta = childOf(stanza, 'meta')?.attrs ?? {};
  if (type === 'reaction') return { is: 'reaction' };
  if (type === 'poll' && meta['polltype'] === 'vote') return { is: 'vote' };
  if (edit === '8') return { is: 'deletion' };
  if (edit !== '3') return { is: 'post' };
  return { is: 'edit', editedAtMs: timeOf(meta['msg_edit_t']), postedAt: timeOf(meta['original_msg_t']) };
}

function timeOf(attr: string | undefined): number | null {
  const time = Number(attr);
  return Number.isSafeInteger(time) && time > 0 ? time : null;
}
