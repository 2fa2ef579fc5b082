import type { Device } from './account.ts';
import type { Network } from './network.ts';
import type { PhoneMessage, PhoneMessages } from './phone/messages.ts';
import type { Stanza } from './stanza/codec.ts';
import { encodeRetryBundle } from './stanza/key-bundle.ts';
import { node } from './stanza/node.ts';

interface Parts {
  readonly phone: Device;
  readonly network: Network;
  readonly messages: PhoneMessages;
}

/** What the stanza of a message says without its content. */
type Envelope = Omit<PhoneMessage, 'text' | 'content' | 'status' | 'failedDecryptions'>;

/** A phone asks this often for a message that it cannot decrypt. */
const retriesMax = 5;

/**
 * Shows a message that could not be decrypted, and asks its sender for it again. `address` are the attributes of the
 * retry receipt that say to whom it goes.
 */
export function askAgain(
  { phone, network, messages }: Parts,
  stanza: Stanza,
  envelope: Envelope,
  address: Record<string, string | undefined>,
): void {
  network.counters.undecryptable++;
  const { id } = envelope;
  const { t } = stanza.attrs;
  const known = messages.find(envelope.from, id);
  const failedDecryptions = (known?.failedDecryptions ?? 0) + 1;
  messages.put({
    ...envelope,
    to: known?.to ?? envelope.to,
    text: known?.text,
    content: known?.content,
    status: known?.status ?? 'undecryptable',
    failedDecryptions,
  });
  if (failedDecryptions > retriesMax) return;
  const retry = node('retry', { count: String(failedDecryptions), id, t, v: '1' });
  const keys = encodeRetryBundle(phone.bundle(), failedDecryptions > 1);
  network.routeReceipt(phone, node('receipt', { id, ...address, type: 'retry' }, [retry, ...keys]));
}
