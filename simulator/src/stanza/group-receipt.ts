import type { Device } from '../account.ts';
import type { Addressing } from '../jid.ts';
import type { Network } from '../network.ts';
import type { Stanza } from './codec.ts';
import { node } from './node.ts';

/**
 * Passes on a receipt for a group message; `participant` names who wrote the message, on its way there it names who has
 * received or read it. `sender` and `retry` go to that one device, the others to all devices of the writer, and those
 * about reading also to the reader's other devices.
 */
export function routeGroupReceipt(network: Network, from: Device, receipt: Stanza): void {
  const { type = '', participant } = receipt.attrs;
  const writer = network.directory.withJid(participant);
  if (type === 'retry' || type === 'sender') {
    network.directory.device(participant)?.deliver(passedOn(network, from, receipt, from.id));
    return;
  }
  if (!writer || writer === from.account) return;
  if (toWriter.has(type)) {
    const told = passedOn(network, from, receipt, 0);
    for (const device of writer.devices.values()) device.deliver(told);
  }
  if (!toReader.has(type)) return;
  const told = passedOn(network, from, receipt, from.id, writer.jid(addressingOf(network, receipt)));
  for (const device of from.account.devices.values()) if (device !== from) device.deliver(told);
}

const toWriter = new Set(['', 'inactive', 'read', 'played']);
const toReader = new Set(['read', 'read-self', 'played']);

function passedOn(
  network: Network,
  from: Device,
  receipt: Stanza,
  deviceId: number,
  recipient?: string,
): Stanza {
  const { id, to, type, t } = receipt.attrs;
  const participant = from.account.jid(addressingOf(network, receipt), deviceId);
  const attributes = { from: to, participant, recipient, id, type, t: t ?? network.now() };
  return node('receipt', attributes, receipt.content);
}

function addressingOf(network: Network, { attrs }: Stanza): Addressing {
  return network.groups.find(attrs['to'])?.addressing ?? 'lid';
}
