import { proto } from 'baileys';
import type { InboxRow, Lifecycle, MessageContent, PastMessage } from '../../src/events/translation.ts';
import { inboxKinds } from '../../src/inbox/inbox-rows.ts';
import { codec } from '../../src/whatsapp/codec.ts';
import type { Drawing } from '../support/drawing.ts';
import { drawProto, spoilContent } from './draw-content.ts';
import { drawStanza } from './draw-stanza.ts';
import { drawId, drawJid, drawNumber, drawText } from './draw-values.ts';
import { readWaProto } from './wa-proto.ts';

const schema = readWaProto();
/** The bytes of any content that a sender can make. */
export function drawContentBytes(draw: Drawing): Uint8Array {
  return proto.Message.encode(proto.Message.fromObject(drawProto(draw, schema, 'Message'))).finish();
}

export function drawPastBytes(draw: Drawing): Uint8Array {
  const past = drawProto(draw, schema, 'WebMessageInfo', 3);
  if (!draw.onceIn(10)) past['key'] = { id: drawId(draw), fromMe: draw.onceIn(3), remoteJid: drawJid(draw) };
  return proto.WebMessageInfo.encode(proto.WebMessageInfo.fromObject(past)).finish();
}

/** A row of any kind. One in three has content that no protobuf could say. */
export function drawRow(draw: Drawing, seq: number): InboxRow {
  const receivedAt = 1_669_994_809_123;
  const kind = draw.one(inboxKinds);
  switch (kind) {
    case 'stanza':
      return { kind, seq, receivedAt, stanza: drawStanza(draw) };
    case 'sent':
      return { kind, seq, receivedAt, stanza: drawStanza(draw, 'ack') };
    case 'message':
      return {
        kind,
        seq,
        receivedAt,
        stanza: drawStanza(draw, 'message'),
        content: draw.onceIn(12) ? null : drawContent(draw),
        ...(draw.onceIn(6) ? { problem: drawText(draw) } : {}),
      };
    case 'history':
    case 'past':
      return {
        kind,
        seq,
        receivedAt,
        chat: drawJid(draw),
        messages: Array.from({ length: draw.below(4) }, () => drawPast(draw)),
      };
    case 'app-state':
      return { kind, seq, receivedAt, change: drawChange(draw) };
    case 'lifecycle':
      return { kind, seq, receivedAt, change: draw.one(lifecycle) };
  }
}

function drawContent(draw: Drawing): MessageContent {
  // Padding of one byte, as decrypted content has it.
  const content = codec.decodePlaintexts([Buffer.concat([drawContentBytes(draw), Uint8Array.of(1)])]);
  return draw.onceIn(3) ? (spoilContent(draw, content) as MessageContent) : content;
}

function drawPast(draw: Drawing): PastMessage {
  try {
    return codec.decodePastMessage(drawPastBytes(draw));
  } catch {
    return drawPast(draw);
  }
}

function drawChange(draw: Drawing): Extract<InboxRow, { kind: 'app-state' }>['change'] {
  const action = draw.one([
    'deleteMessageForMe',
    'archive',
    'clearChat',
    'deleteChat',
    'star',
    'contact',
    drawText(draw),
  ]);
  const index = [action, drawJid(draw), drawId(draw), draw.one(['0', '1', 'x']), drawJid(draw)];
  return {
    collection: 'regular_high',
    version: drawNumber(draw),
    index: index.slice(0, draw.below(index.length + 1)),
    operation: draw.onceIn(4) ? 'remove' : 'set',
  };
}

const lifecycle: readonly Lifecycle[] = [
  { is: 'qr', code: '2@a,b,c,d', base64: 'data:image/png;base64,' },
  { is: 'loading_screen', percent: 50, message: 'WhatsApp' },
  { is: 'authenticated' },
  { is: 'auth_failure', message: 'x' },
  { is: 'ready' },
  { is: 'disconnected', reason: 'LOGOUT' },
  { is: 'change_state', state: 'CONNECTED' },
];
