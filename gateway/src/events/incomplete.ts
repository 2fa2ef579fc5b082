import type { MessageData } from '@eazewa/sdk/events';
import { unwrapped } from './content.ts';
import { messageData, type MessageFacts } from './message-data.ts';

/**
 * What is known of a message whose content nobody has: whose it is, its id, and that it exists. `type` is `ciphertext`
 * when its content may still come, `unknown` when only an ack tells of it, `revoked` when it was deleted.
 */
export function incompleteData({
  type,
  ...facts
}: Omit<MessageFacts, 'unwrapped' | 'kind'> & {
  readonly type: 'ciphertext' | 'unknown' | 'revoked';
}): MessageData {
  const data = messageData({
    ...facts,
    unwrapped: unwrapped({}),
    kind: { is: 'message', type, field: '' },
  });
  return { ...data, _data: { ...data._data, incomplete: true } };
}
