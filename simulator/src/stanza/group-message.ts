import type { Device } from '../account.ts';
import type { Group } from '../group/group.ts';
import type { Network } from '../network.ts';
import type { Stanza } from './codec.ts';
import { deliverCopy } from './deliver-copy.ts';
import { child, children } from './node.ts';
import { ownFirst } from './own-first.ts';
import { sharedAttributes } from './writer.ts';

/**
 * Hands a group message to every device of every member but the one that sent it: the `<enc type="skmsg">` that all
 * share, and before it the sender key for those devices that `<participants>` names. One with a `participant` was asked
 * for again, and goes to that device only.
 */
export function routeGroupMessage(network: Network, sender: Device, message: Stanza): void {
  const { to, participant } = message.attrs;
  const group = network.groups.find(to);
  if (!group?.has(sender.account)) return void network.counters.unroutable++;
  const shared = children(message, 'enc');
  if (participant !== undefined) {
    return routeCopy(network, group, sender, message, network.directory.device(participant), shared);
  }
  const keys = keysByDevice(network, group, message);
  const devices = ownFirst(sender, [...group.devices(sender.account)], ({ account }) => account);
  for (const device of devices) {
    if (device === sender) continue;
    const key = keys.get(device);
    routeCopy(network, group, sender, message, device, key ? [key, ...shared] : shared);
  }
}

/** The error with which the server refuses a message of this account to a group; undefined for one that it takes. */
export function groupRefusal(network: Network, { account }: Device, jid: string): string | undefined {
  const group = network.groups.find(jid);
  if (!group) return '404';
  const mayWrite = group.has(account) && (!group.isAnnounce || group.isAdmin(account));
  return mayWrite ? undefined : '403';
}

function keysByDevice(network: Network, group: Group, message: Stanza): Map<Device, Stanza> {
  const keys = new Map<Device, Stanza>();
  for (const to of children(child(message, 'participants'), 'to')) {
    const device = network.directory.device(to.attrs['jid']);
    const key = child(to, 'enc');
    if (device && key && group.has(device.account)) keys.set(device, key);
    else network.counters.unroutable++;
  }
  return keys;
}

function routeCopy(
  network: Network,
  group: Group,
  sender: Device,
  message: Stanza,
  device: Device | undefined,
  content: readonly Stanza[],
): void {
  if (!device || content.length === 0) return void network.counters.unroutable++;
  const mode = message.attrs['addressing_mode'];
  const addressing = mode === 'pn' || mode === 'lid' ? mode : group.addressing;
  deliverCopy(network, message, device, sharedAttributes(sender, message, addressing), content);
}
