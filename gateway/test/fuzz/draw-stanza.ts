import { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS } from 'baileys/lib/WABinary/constants.js';
import type { Stanza } from '../../src/events/translation.ts';
import type { Drawing } from '../support/drawing.ts';
import { drawBytes, drawId, drawJid, drawText } from './draw-values.ts';

/** Every word of WhatsApp's protocol has a token: so what is told of a later kind of stanza is drawn by itself. */
const words = [...SINGLE_BYTE_TOKENS, ...DOUBLE_BYTE_TOKENS.flat()].filter((word) => /^[\w:.-]+$/.test(word));

const tagWeights = {
  message: 4,
  receipt: 6,
  notification: 8,
  call: 4,
  ack: 3,
  presence: 1,
  chatstate: 1,
  iq: 1,
  error: 1,
  other: 1,
} as const;

const notificationTypes = [
  'w:gp2',
  'encrypt',
  'server_sync',
  'account_sync',
  'devices',
  'picture',
  'status',
  'mediaretry',
  'mex',
];
const receiptTypes = [
  'read',
  'played',
  'sender',
  'inactive',
  'read-self',
  'retry',
  'peer_msg',
  'hist_sync',
  'server-error',
  'delivery',
];
const groupChanges = [
  'create',
  'add',
  'remove',
  'leave',
  'promote',
  'demote',
  'subject',
  'description',
  'announcement',
  'locked',
  'unlocked',
  'invite',
  'ephemeral',
  'membership_approval_mode',
  'membership_approval_request',
  'linked_group_promote',
  'delete',
  'modify',
  'created_membership_requests',
  'revoked_membership_requests',
];
const callChanges = [
  'offer',
  'offer_notice',
  'terminate',
  'accept',
  'reject',
  'preaccept',
  'relaylatency',
  'transport',
  'group_update',
];

/** A stanza of any tag, whole or with parts missing, wrong or too many. */
export function drawStanza(draw: Drawing, tag?: string): Stanza {
  const drawn = tag ?? draw.weighted(tagWeights);
  const attrs = drawAttrs(draw, drawn === 'other' ? draw.one(words) : drawn);
  const content = drawChildren(draw, drawn, 3);
  const name = drawn === 'other' ? draw.one(words) : drawn;
  return content === undefined ? { tag: name, attrs } : { tag: name, attrs, content };
}

/** What a stanza of the tag has, each of it mostly. */
const attrsOf: Readonly<Record<string, readonly string[]>> = {
  message: ['id', 'from', 't', 'type', 'notify', 'participant', 'sender_pn', 'addressing_mode'],
  receipt: ['id', 'from', 't', 'type', 'participant'],
  notification: ['id', 'from', 't', 'type', 'participant', 'participant_pn', 'notify'],
  call: ['id', 'from', 't', 'platform', 'version'],
  ack: ['id', 'from', 't', 'class'],
};
const oddAttrs = [
  'recipient',
  'recipient_pn',
  'sender_lid',
  'participant_lid',
  'error',
  'offline',
  'edit',
  'category',
  'count',
  'phash',
  '__proto__',
  'verified_level',
];

function drawAttrs(draw: Drawing, tag: string): Record<string, string> {
  const usual = (attrsOf[tag] ?? ['id', 'from', 't', 'type']).filter((name) =>
    name === 'participant' ? draw.onceIn(3) : !draw.onceIn(8),
  );
  const odd = Array.from({ length: draw.below(3) }, () =>
    draw.onceIn(3) ? draw.one(words) : draw.one(oddAttrs),
  );
  // From entries: a plain assignment would take `__proto__` for the prototype.
  return Object.fromEntries([...usual, ...odd].map((name) => [name, drawAttr(draw, tag, name)]));
}

function drawAttr(draw: Drawing, tag: string, name: string): string {
  if (draw.onceIn(20)) return drawText(draw);
  if (name.endsWith('id')) return drawId(draw);
  if (/from|participant|recipient|_pn$|_lid$|jid|author|creator|phone_number/.test(name))
    return drawJid(draw);
  switch (name) {
    case 't':
    case 'count':
    case 'version':
      return draw.one(['1669994807', '0', '-5', '1e9', '99999999999999999999', '']);
    case 'class':
      return draw.one(['message', 'message', 'receipt', 'notification', 'call']);
    case 'type':
      if (tag === 'notification') return draw.one(notificationTypes);
      if (tag === 'receipt') return draw.one(receiptTypes);
      return draw.one(['text', 'media', 'reaction', 'poll', 'event', draw.one(words)]);
    default:
      return draw.onceIn(2) ? draw.one(words) : drawText(draw);
  }
}

function drawChildren(draw: Drawing, tag: string, depth: number): Stanza['content'] {
  const kind = draw.weighted({ children: 10, bytes: 2, text: 1, nothing: 2 });
  switch (kind) {
    case 'nothing':
      return undefined;
    case 'text':
      return drawText(draw);
    case 'bytes':
      return drawBytes(draw);
    case 'children':
      return depth === 0 ? [] : Array.from({ length: draw.below(4) }, () => drawChild(draw, tag, depth - 1));
  }
}

function drawChild(draw: Drawing, parent: string, depth: number): Stanza {
  const tag = draw.onceIn(5)
    ? draw.one(words)
    : draw.one(childrenOf[parent] ?? ['participant', 'item', 'group', 'body', 'video', 'audio']);
  const names = [
    'jid',
    'lid',
    'phone_number',
    'type',
    'id',
    't',
    'subject',
    's_o',
    's_t',
    'author',
    'reason',
    'call-id',
    'call-creator',
    'expiration',
    'count',
  ];
  const attrs = Object.fromEntries(
    names.filter(() => draw.onceIn(3)).map((name): [string, string] => [name, drawAttr(draw, tag, name)]),
  );
  const content = drawChildren(draw, tag, depth);
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

const childrenOf: Readonly<Record<string, readonly string[]>> = {
  notification: groupChanges,
  call: callChanges,
  receipt: ['list', 'participants', 'retry', 'registration'],
  message: ['enc', 'plaintext', 'unavailable', 'meta', 'reporting', 'bot'],
  list: ['item'],
};
