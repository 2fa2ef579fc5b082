import { randomInt } from 'node:crypto';
import type { Account, Device } from './account.ts';
import type { Network } from './network.ts';
import { pictureNotification } from './notifications.ts';
import { node } from './stanza/node.ts';

// What an account shows of itself, and whom it does not want to hear. `changedBy` is the device that does it: the others
// of the account are told, and, of a profile, those who have it in their address book or have written to it.

/** Sets or removes (null) the picture. */
export function setPicture(network: Network, changedBy: Device, picture: Uint8Array | null): void {
  const { account } = changedBy;
  const id = String(randomInt(1_000_000_000));
  account.picture = picture && { id, bytes: picture };
  const jid = account.jid('lid');
  const { content, type } = pictureNotification(jid, picture ? 'set' : 'delete', jid, id);
  tell(network, changedBy, type, content);
}

/** Sets the text below the name; `` removes it. */
export function setAbout(network: Network, changedBy: Device, text: string): void {
  changedBy.account.about = { text, at: network.now() };
  tell(network, changedBy, 'status', [node('set', {}, text)]);
}

/** Blocks somebody or ends that; only the own devices hear of it. */
export function setBlocked(network: Network, changedBy: Device, other: Account, isBlocked: boolean): void {
  const { account } = changedBy;
  if (isBlocked) account.blocked.add(other);
  else account.blocked.delete(other);
  const item = node('item', { jid: other.jid('lid'), action: isBlocked ? 'block' : 'unblock' });
  const attributes = {
    from: account.jid('pn'),
    type: 'account_sync',
    id: network.stanzaId(),
    t: network.now(),
  };
  for (const device of account.devices.values()) {
    if (device !== changedBy && device.id !== 0)
      device.deliver(node('notification', attributes, [node('blocklist', {}, [item])]));
  }
}

function tell(network: Network, changedBy: Device, type: string, content: ReturnType<typeof node>[]): void {
  const { account } = changedBy;
  const attributes = { from: account.jid('lid'), type, id: network.stanzaId(), t: network.now() };
  for (const listener of listenersOf(network, account)) {
    for (const device of listener.devices.values())
      if (device.id !== 0 && device !== changedBy) device.deliver(node('notification', attributes, content));
  }
}

function listenersOf(network: Network, account: Account): Set<Account> {
  const writers = [...account.watchers.values()].map(({ device }) => device.account);
  const friends = network.directory.all().filter(({ contacts }) => contacts.has(account));
  return new Set([account, ...writers, ...friends].filter((listener) => !account.hasBlocked(listener)));
}
