import { translateAppState } from './app-state.ts';
import { translateCall } from './call.ts';
import { ignore } from './drafts.ts';
import { translateHistory, translatePastRow } from './history.ts';
import { translateLifecycle } from './lifecycle.ts';
import { translateReceipt } from './message-ack.ts';
import { translateMessage } from './message.ts';
import { translateNotification } from './notification.ts';
import { translateAck } from './sent.ts';
import type { Context, InboxRow, Translation } from './translation.ts';

/**
 * Turns an inbox row into what receivers are told and what the store keeps. Pure, and total: whatever WhatsApp sends,
 * the answer is a translation or a reason, never a throw.
 */
export function translate(row: InboxRow, context: Context): Translation {
  switch (row.kind) {
    case 'message':
      return translateMessage(row, context);
    case 'sent':
      return translateAck(row.stanza, context);
    case 'history':
      return translateHistory(row, context);
    case 'past':
      return translatePastRow(row, context);
    case 'app-state':
      return translateAppState(row.change, context);
    case 'lifecycle':
      return translateLifecycle(row.change);
    case 'stanza':
      return translateStanza(row, context);
  }
}

/** Every tag that WhatsApp's server sends, also those that receivers do not hear of. */
function translateStanza(row: Extract<InboxRow, { kind: 'stanza' }>, context: Context): Translation {
  const { tag } = row.stanza;
  switch (tag) {
    case 'receipt':
      return translateReceipt(row.stanza, row.receivedAt, context);
    case 'ack':
      return translateAck(row.stanza, context);
    case 'message':
      return ignore('internal: a message without its content, which has a row of its own');
    case 'notification':
      return translateNotification(row.stanza, row.receivedAt, context);
    case 'call':
      return translateCall(row.stanza, row.receivedAt, context);
    case 'presence':
    case 'chatstate':
      return ignore('internal: who is online or types');
    case 'ib':
    case 'iq':
      return ignore('internal: between server and client');
    case 'success':
    case 'failure':
    case 'error':
    case 'stream:error':
    case 'stream:features':
    case 'xmlstreamend':
      return ignore('internal: the connection, which has rows of its own');
    default:
      return ignore(`unknown: a stanza <${tag}>`);
  }
}
