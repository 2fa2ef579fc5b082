import type { Stanza } from '../stanza/codec.ts';
import { child, node } from '../stanza/node.ts';
import type { Query } from './query.ts';

/** `privacy`: the settings of a new account; changes and trust tokens are taken and ignored. */
export function answerPrivacy({ iq }: Query): Stanza[] {
  if (iq.attrs['type'] === 'set' || !child(iq, 'privacy')) return [];
  const categories = Object.entries(settings).map(([name, value]) => node('category', { name, value }));
  return [node('privacy', {}, categories)];
}

const settings = {
  readreceipts: 'all',
  profile: 'all',
  status: 'contacts',
  online: 'all',
  last: 'all',
  groupadd: 'all',
  calladd: 'all',
  messages: 'all',
};
