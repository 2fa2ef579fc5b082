import type { Device } from '../account.ts';
import { parseJid } from '../jid.ts';
import type { Network } from '../network.ts';
import type { Stanza } from './codec.ts';
import { deliverCopy } from './deliver-copy.ts';
import { child, children, node } from './node.ts';
import { ownFirst } from './own-first.ts';
import { sharedAttributes } from './writer.ts';

/**
 * Hands a status post, or a message of a broadcast list, to the devices that `<participants>` names: what is in their
 * `<to>`, and the `<enc type="skmsg">` that all share. Everybody gets it from the broadcast's jid with the writer as its
 * `participant`. One with a `participant` was asked for again, and goes to that device only.
 */
export function routeBroadcast(network: Network, sender: Device, message: Stanza): void {
  const shared = children(message, 'enc');
  const { participant } = message.attrs;
  if (participant !== undefined) return routeCopy(network, sender, message, participant, shared);
  const receivers = ownFirst(sender, children(child(message, 'participants'), 'to'), ({ attrs }) =>
    network.directory.withJid(attrs['jid']),
  );
  for (const to of receivers) {
    const copy = [...children(to, 'enc'), ...children(to, 'unavailable'), ...shared];
    routeCopy(network, sender, message, to.attrs['jid'], copy);
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
  if (!device || content.length === 0) return void network.counters.unroutable++;
  if (device === sender || device.account.hasBlocked(sender.account)) return;
  const attributes = sharedAttributes(sender, message, parseJid(to)?.addressing ?? 'lid');
  const isOwn = device.account === sender.account;
  const whole = isOwn ? [...content, recipientsOf(network, sender, message)] : content;
  deliverCopy(network, message, device, attributes, whole);
}

/** The writer's own devices are told who gets it, since only the handset knows that. */
function recipientsOf(network: Network, sender: Device, message: Stanza): Stanza {
  const all = children(child(message, 'participants'), 'to').map(({ attrs }) =>
    network.directory.withJid(attrs['jid']),
  );
  const others = new Set(all.filter((account) => account !== undefined && account !== sender.account));
  return node(
    'participants',
    {},
    [...others].flatMap((account) =>
      account === undefined
        ? []
        : [node('to', { jid: account.jid('lid'), peer_recipient_pn: account.jid('pn') })],
    ),
  );
}
