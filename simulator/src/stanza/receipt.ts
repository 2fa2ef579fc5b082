import type { Account, Device } from '../account.ts';
import { namesWriters, parseJid } from '../jid.ts';
import type { Network } from '../network.ts';
import type { Stanza } from './codec.ts';
import { routeGroupReceipt } from './group-receipt.ts';
import { node } from './node.ts';

/**
 * Passes a receipt on. Delivered, read and played go to every device of the message's sender, and read also to the
 * reader's other devices; `sender` and `retry` go to the one device that they name, and so does `server-error` (a file has
 * expired), which names the client's own handset. What only concerns the handset (`peer_msg`, `hist_sync`) ends here.
 */
export function routeReceipt(network: Network, from: Device, receipt: Stanza): void {
  const { type = '', to } = receipt.attrs;
  if (namesWriters(to)) return routeGroupReceipt(network, from, receipt);
  if (toNamed.has(type)) {
    network.directory.device(to)?.deliver(toOneDevice(network, from, receipt));
    return;
  }
  const sender = network.directory.withJid(to);
  if (!sender || sender === from.account) return;
  if (toSender.has(type)) deliverToAll(sender, from, aboutMessage(network, from, receipt));
  if (toReader.has(type)) deliverToAll(from.account, from, aboutReading(network, from, receipt));
}

const toNamed = new Set(['retry', 'sender', 'server-error']);
const toSender = new Set(['', 'inactive', 'read', 'played']);
const toReader = new Set(['read', 'read-self', 'played']);

function deliverToAll(account: Account, except: Device, receipt: Stanza): void {
  for (const device of account.devices.values()) if (device !== except) device.deliver(receipt);
}

function toOneDevice(network: Network, from: Device, receipt: Stanza): Stanza {
  const { id, type, to, recipient } = receipt.attrs;
  const attributes = { from: nameOf(from, to, from.id), id, type, recipient, t: network.now() };
  return node('receipt', attributes, receipt.content);
}

function aboutMessage(network: Network, from: Device, receipt: Stanza): Stanza {
  const { id, type, to, t } = receipt.attrs;
  return node('receipt', { from: nameOf(from, to), id, type, t: t ?? network.now() }, receipt.content);
}

function aboutReading(network: Network, from: Device, receipt: Stanza): Stanza {
  const { id, type, to, t } = receipt.attrs;
  const attributes = { from: nameOf(from, to, from.id), recipient: to, id, type, t: t ?? network.now() };
  return node('receipt', attributes, receipt.content);
}

/** The device under the kind of name that the other side used for it. */
function nameOf(device: Device, other: string | undefined, deviceId = 0): string {
  return device.account.jid(parseJid(other)?.addressing ?? 'lid', deviceId);
}
