import type { BinaryNode } from 'baileys';
import { kindOf } from '../jid.ts';
import { partsOf } from './message-parts.ts';

/** Changes a `<message>` that is written down so that Baileys does with it what it should. */
export function prepareForBaileys(message: BinaryNode): void {
  inWireOrder(message);
  withContent(message);
}

/**
 * Baileys takes what is marked as a replay one after the other, and live messages all at once: while the first one of a
 * sender waits for the store, which learns who that is, later ones overtake it, and in a group they lack the key that it
 * brings. So all of them are marked; nothing else depends on the mark.
 */
function inWireOrder({ attrs }: BinaryNode): void {
  attrs['offline'] ??= '0';
}

/**
 * What deletes a post of a channel, and what an own device says about one, has no content. Baileys would take it for a
 * message whose content is missing and ask the phone for that, so it gets an empty one.
 */
function withContent(message: BinaryNode): void {
  if (kindOf(message.attrs['from'] ?? '') !== 'newsletter' || partsOf(message).plaintext !== null) return;
  message.content = [{ tag: 'plaintext', attrs: {}, content: new Uint8Array(0) }];
}
