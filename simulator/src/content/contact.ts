import type { proto } from '../stanza/codec.ts';

/** Somebody in an address book. */
export interface ContactCard {
  readonly name: string;
  /** Digits with country code. */
  readonly number: string;
}

/** A vCard as handsets write it; `waid` tells that the number is on WhatsApp. */
export function vCard({ name, number }: ContactCard): string {
  return [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:;${name};;;`,
    `FN:${name}`,
    `TEL;type=CELL;waid=${number}:+${number}`,
    'END:VCARD',
  ].join('\n');
}

/** One contact; a phone has all that is needed. */
export function contact(card: ContactCard): proto.IMessage {
  return { contactMessage: { displayName: card.name, vcard: vCard(card) } };
}

/** Several contacts in one message. */
export function contacts(cards: readonly ContactCard[]): proto.IMessage {
  return {
    contactsArrayMessage: {
      displayName: `${cards.length} contacts`,
      contacts: cards.map((card) => ({ displayName: card.name, vcard: vCard(card) })),
    },
  };
}
