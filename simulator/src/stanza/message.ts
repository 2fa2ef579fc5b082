import type { Device } from '../account.ts';
import { isBroadcastJid, isChannelJid, isGroupJid, parseJid } from '../jid.ts';
import type { Addressing } from '../jid.ts';
import type { Network } from '../network.ts';
import { routeBroadcast } from './broadcast.ts';
import { routeChannelMessage } from './channel-message.ts';
import type { Stanza } from './codec.ts';
import { deliverCopy } from './deliver-copy.ts';
import { routeGroupMessage } from './group-message.ts';
import { child, children, elements } from './node.ts';
import { ownFirst } from './own-first.ts';

/**
 * Hands each device its copy of a message: what is in its `<to>` of `<participants>`, or the `<enc>` of a
 * message for one device (a peer message, or one that was asked for again).
 */
export function routeMessage(network: Network, sender: Device, message: Stanza): void {
  if (isGroupJid(message.attrs['to'])) return routeGroupMessage(network, sender, message);
  if (isBroadcastJid(message.attrs['to'])) return routeBroadcast(network, sender, message);
  if (isChannelJid(message.attrs['to'])) return routeChannelMessage(network, sender, message);
  const participants = child(message, 'participants');
  if (!participants) {
    routeCopy(network, sender, message, message.attrs['to'], children(message, 'enc'));
    return;
  }
  const copies = ownFirst(sender, children(participants, 'to'), ({ attrs }) =>
    network.directory.withJid(attrs['jid']),
  );
  for (const to of copies) {
    routeCopy(network, sender, message, to.attrs['jid'], elements(to));
  }
}

function routeCopy(
  network: Network,
  sender: Device,
  message: Stanza,
  to: string | undefined,
  content: readonly Stanza[],
): void {
  const device = network.directory.device(to);
  if (!device || content.length === 0) {
    network.counters.unroutable++;
    return;
  }
  if (device.account.hasBlocked(sender.account)) return;
  deliverCopy(network, message, device, copyAttributes(network, sender, device, message), content);
}

function copyAttributes(
  network: Network,
  sender: Device,
  receiver: Device,
  message: Stanza,
): Record<string, string | undefined> {
  const { id, to, type = 'text', category, recipient, edit, t } = message.attrs;
  const addressing = parseJid(to)?.addressing ?? 'lid';
  const shared = { id, type, category, edit, t };
  if (sender.account !== receiver.account) {
    return { ...shared, ...addresses(sender, addressing), notify: sender.account.name };
  }
  const from = sender.account.jid(addressing, sender.id);
  if (category === 'peer') return { ...shared, from };
  return { ...shared, from, ...chatAddresses(network, recipient ?? to, addressing) };
}

/** The sender under the name that the chat uses, and its other name beside it. */
function addresses({ account, id }: Device, addressing: Addressing): Record<string, string | undefined> {
  const from = account.jid(addressing, id);
  const other = account.otherJid(addressing);
  return addressing === 'lid'
    ? { from, addressing_mode: 'lid', sender_pn: other }
    : { from, addressing_mode: 'pn', sender_lid: other };
}

/** For a copy of our own message: the chat it belongs to. `sender_pn` here would be taken for the chat's number. */
function chatAddresses(
  network: Network,
  chat: string | undefined,
  addressing: Addressing,
): Record<string, string | undefined> {
  const account = network.directory.withJid(chat);
  const recipient = account?.jid(addressing) ?? chat;
  const other = account?.otherJid(addressing);
  return addressing === 'lid'
    ? { recipient, addressing_mode: 'lid', peer_recipient_pn: other }
    : { recipient, addressing_mode: 'pn', peer_recipient_lid: other };
}
