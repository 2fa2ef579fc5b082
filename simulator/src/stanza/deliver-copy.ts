import type { Device } from '../account.ts';
import type { Network } from '../network.ts';
import type { Stanza } from './codec.ts';
import { child, node } from './node.ts';

/** Hands a device its copy of a message: with these attributes and this content, and the identity of the sending device. */
export function deliverCopy(
  network: Network,
  message: Stanza,
  device: Device,
  attributes: Record<string, string | undefined>,
  content: readonly Stanza[],
): void {
  if (device.id !== 0) network.counters.messagesToCompanions++;
  const identity = child(message, 'device-identity');
  device.deliver(node('message', attributes, identity ? [...content, identity] : [...content]));
}
