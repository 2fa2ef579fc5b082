import type { Stanza } from '@eazewa/simulator';
import type { Kill, UnitKind } from '../support/killing-database.ts';

/** How one life of the gateway ends. */
export type Death =
  | { readonly by: 'unit'; readonly kill: Kill }
  | { readonly by: 'sending'; readonly when: 'connecting' | 'half-written' }
  /** The receiver has read the whole request and has not answered. */
  | { readonly by: 'receiver' }
  /** WhatsApp has got a stanza and has not said anything to it; meanwhile these units do not reach the store. */
  | { readonly by: 'wire'; readonly isLast: (stanza: Stanza) => boolean; readonly held: readonly UnitKind[] };

/** A station on the way of a message: what a kind of message does not pass cannot be killed there. */
export type Station =
  | 'stanza'
  | 'ratchet'
  | 'acknowledged'
  | 'settings'
  | 'drain'
  | 'event'
  | 'inline'
  | 'outgoing'
  | 'encrypted'
  | 'encrypted twice'
  | 'group key'
  | 'sent'
  | 'linked'
  | 'pre-keys';

/** One row of the matrix. */
export interface Point {
  readonly name: string;
  readonly station: Station;
  /** The first is met while the message is on its way, the others by the lives that follow, from their first moment. */
  readonly deaths: readonly [Death, ...Death[]];
}

const unit = (when: Kill['when'], units: Kill['units'], nth = 1): Death => ({
  by: 'unit',
  kill: { when, units, nth },
});

/** The commit of the drain that ends the row, with or without events. */
const drain: readonly UnitKind[] = ['append', 'end'];

const backlog: Death = { by: 'receiver' };

/** Every point at which the gateway is killed, in the order of the flow. */
export const points: readonly Point[] = [
  ...around('stanza', 'the stanza is stored', ['stanza']),
  ...around('ratchet', 'ratchet and plaintext are stored', ['ratchet']),
  {
    name: 'ratchet stored, no receipt; again in the next drain',
    station: 'ratchet',
    deaths: [unit('after', ['ratchet']), unit('during', drain)],
  },
  {
    name: 'WhatsApp has the receipt, nothing else is done',
    station: 'acknowledged',
    deaths: [{ by: 'wire', isLast: isAcknowledgement, held: [...drain, 'app-state-key'] }],
  },
  ...around('settings', 'the version of the settings and its changes are stored', ['app-state-version']),
  ...around('drain', 'the drain ends the row', drain),
  ...around('inline', 'the body with the file is stored', ['freeze']),
  { name: 'lane chosen, nothing written', station: 'event', deaths: [{ by: 'sending', when: 'connecting' }] },
  { name: 'request half written', station: 'event', deaths: [{ by: 'sending', when: 'half-written' }] },
  { name: 'request written, no answer', station: 'event', deaths: [{ by: 'receiver' }] },
  ...around('event', 'the delivery is settled', ['settle']),
  {
    name: 'during a migration, with a backlog',
    station: 'event',
    deaths: [backlog, unit('during', ['migration'])],
  },
  {
    name: 'while old rows are removed, with a backlog',
    station: 'event',
    deaths: [backlog, unit('during', ['retention'])],
  },
  ...around('outgoing', 'the message to send is stored', ['outgoing']),
  ...around('encrypted', 'the first ratchet is stored', ['session']),
  {
    name: 'both ratchets stored, nothing sent',
    station: 'encrypted twice',
    deaths: [unit('after', ['session'], 2)],
  },
  {
    name: "after it is stored who has the group's key",
    station: 'group key',
    deaths: [unit('after', ['group-key-holders'])],
  },
  {
    name: 'WhatsApp has the message, no ack',
    station: 'sent',
    deaths: [{ by: 'wire', isLast: ({ tag }) => tag === 'message', held: [] }],
  },
  ...around('linked', 'the credentials of the link are stored', ['creds']),
  {
    name: 'WhatsApp has the reply to the link',
    station: 'linked',
    deaths: [{ by: 'wire', isLast: isPairingReply, held: [] }],
  },
  {
    name: 'WhatsApp has the pre-keys, no answer',
    station: 'pre-keys',
    deaths: [{ by: 'wire', isLast: isPreKeyUpload, held: [] }],
  },
];

function around(station: Station, what: string, units: readonly UnitKind[]): Point[] {
  const names = { before: `before ${what}`, during: `while ${what}`, after: `after ${what}` } as const;
  return (['before', 'during', 'after'] as const).map((when) => ({
    name: names[when],
    station,
    deaths: [unit(when, units)],
  }));
}

function isAcknowledgement({ tag, attrs }: Stanza): boolean {
  return tag === 'receipt' || (tag === 'ack' && attrs['class'] !== undefined);
}

function isPairingReply(stanza: Stanza): boolean {
  return stanza.tag === 'iq' && hasChild(stanza, 'pair-device-sign');
}

function isPreKeyUpload(stanza: Stanza): boolean {
  const { tag, attrs } = stanza;
  return tag === 'iq' && attrs['xmlns'] === 'encrypt' && attrs['type'] === 'set' && hasChild(stanza, 'list');
}

function hasChild({ content }: Stanza, tag: string): boolean {
  return Array.isArray(content) && content.some((child) => child.tag === tag);
}
