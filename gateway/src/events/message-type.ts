import type { MessageType } from '@eazewa/sdk/events';
import { objectIn } from './content.ts';
import type { IgnoreReason } from './drafts.ts';
import { headerOf } from './header.ts';
import type { MessageContent } from './translation.ts';

/**
 * What an unwrapped content is: a message of a type, whose facts stand in `field` (empty when the schema has no field for
 * them); or nothing that receivers see as one.
 */
export type ContentKind =
  | { readonly is: 'message'; readonly type: MessageType; readonly field: string }
  | { readonly is: 'silent'; readonly reason: IgnoreReason };

/** Tells what a content is. Content that nobody knows is a message of type `unknown`: it is told, not lost. */
export function kindOfContent(content: MessageContent): ContentKind {
  const fields = Object.keys(content).filter((name) => content[name] !== null && content[name] !== undefined);
  const field = fields.find((name) => messageTypes.has(name));
  if (field !== undefined) return { is: 'message', type: typeOf(content, field), field };
  const silent = fields.find((name) => silentFields.has(name));
  if (silent !== undefined) return { is: 'silent', reason: silentReason(content, silent) };
  const other = fields.find((name) => !companions.has(name));
  if (other !== undefined) return { is: 'message', type: 'unknown', field: other };
  if (fields.some((name) => name !== 'messageContextInfo'))
    return { is: 'silent', reason: `internal: only ${fields.join(', ')}` };
  // Somebody wrote it, in a field that the schema of today does not have.
  return { is: 'message', type: 'unknown', field: '' };
}

function typeOf(content: MessageContent, field: string): MessageType {
  if (field === 'audioMessage' && objectIn(content, field)?.['ptt'] === true) return 'ptt';
  return headerOf(content, field)?.type ?? messageTypes.get(field) ?? 'unknown';
}

const messageTypes = new Map<string, MessageType>([
  ['conversation', 'chat'],
  ['extendedTextMessage', 'chat'],
  ['imageMessage', 'image'],
  ['videoMessage', 'video'],
  ['ptvMessage', 'video'],
  ['audioMessage', 'audio'],
  ['documentMessage', 'document'],
  ['stickerMessage', 'sticker'],
  ['albumMessage', 'album'],
  ['locationMessage', 'location'],
  ['liveLocationMessage', 'location'],
  ['contactMessage', 'vcard'],
  ['contactsArrayMessage', 'multi_vcard'],
  ['groupInviteMessage', 'groups_v4_invite'],
  ['pollCreationMessage', 'poll_creation'],
  ['pollCreationMessageV2', 'poll_creation'],
  ['pollCreationMessageV3', 'poll_creation'],
  ['pollCreationMessageV5', 'poll_creation'],
  ['eventMessage', 'scheduled_event_creation'],
  ['orderMessage', 'order'],
  ['productMessage', 'product'],
  ['listMessage', 'list'],
  ['listResponseMessage', 'list_response'],
  ['buttonsResponseMessage', 'buttons_response'],
  ['templateButtonReplyMessage', 'template_button_reply'],
  // These have the type of their header.
  ['buttonsMessage', 'chat'],
  ['templateMessage', 'chat'],
  ['interactiveMessage', 'interactive'],
  ['highlyStructuredMessage', 'hsm'],
  ['sendPaymentMessage', 'payment'],
  ['requestPaymentMessage', 'payment'],
  ['declinePaymentRequestMessage', 'payment'],
  ['cancelPaymentRequestMessage', 'payment'],
  ['paymentInviteMessage', 'payment'],
  ['callLogMesssage', 'call_log'],
]);

/** What stands beside content and is none. */
const companions = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
]);

/**
 * Content that speaks to the client, or that changes another message and does not say which (`change.ts` takes the
 * others); WhatsApp Web makes no message of it.
 */
const silentFields = new Map<string, IgnoreReason>([
  ['protocolMessage', 'internal: protocol'],
  ['reactionMessage', 'malformed: a reaction'],
  ['encReactionMessage', 'malformed: an encrypted reaction'],
  ['pollUpdateMessage', 'malformed: a vote'],
  ['encEventResponseMessage', 'internal: an answer to an event, which is no event of the contract'],
  ['encCommentMessage', 'malformed: an encrypted comment'],
  ['secretEncryptedMessage', 'undecryptable: an encrypted change of a kind that is not known'],
  ['keepInChatMessage', 'internal: a disappearing message is kept, which is no event'],
  ['pinInChatMessage', 'internal: a message is pinned in its chat, which is no event'],
  ['stickerSyncRmrMessage', 'internal: stickers'],
  ['messageHistoryBundle', 'internal: history'],
  ['messageHistoryNotice', 'internal: history'],
  ['placeholderMessage', 'undecryptable: the content is only on the phone'],
  ['call', 'internal: the key of a call'],
  ['chat', 'internal: a chat'],
]);

function silentReason(content: MessageContent, field: string): IgnoreReason {
  if (field !== 'protocolMessage') return silentFields.get(field) ?? `internal: ${field}`;
  const type = objectIn(content, field)?.['type'] ?? 0;
  const known = protocolTypes.find(([number, name]) => type === number || type === name);
  if (known === undefined)
    return `unknown: protocol message ${typeof type === 'number' || typeof type === 'string' ? type : typeof type}`;
  const [, name, sort] = known;
  return `${sort}: ${name}`;
}

/** WAProto's `ProtocolMessage.Type`. Those that change a message are told (`change.ts`) unless they are malformed. */
const protocolTypes: readonly (readonly [number, string, 'internal' | 'malformed'])[] = [
  [0, 'REVOKE', 'malformed'],
  [3, 'EPHEMERAL_SETTING', 'internal'],
  [4, 'EPHEMERAL_SYNC_RESPONSE', 'internal'],
  [5, 'HISTORY_SYNC_NOTIFICATION', 'internal'],
  [6, 'APP_STATE_SYNC_KEY_SHARE', 'internal'],
  [7, 'APP_STATE_SYNC_KEY_REQUEST', 'internal'],
  [8, 'MSG_FANOUT_BACKFILL_REQUEST', 'internal'],
  [9, 'INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC', 'internal'],
  [10, 'APP_STATE_FATAL_EXCEPTION_NOTIFICATION', 'internal'],
  [11, 'SHARE_PHONE_NUMBER', 'internal'],
  [14, 'MESSAGE_EDIT', 'malformed'],
  [16, 'PEER_DATA_OPERATION_REQUEST_MESSAGE', 'internal'],
  [17, 'PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE', 'internal'],
  [18, 'REQUEST_WELCOME_MESSAGE', 'internal'],
  [19, 'BOT_FEEDBACK_MESSAGE', 'internal'],
  [20, 'MEDIA_NOTIFY_MESSAGE', 'internal'],
  [21, 'CLOUD_API_THREAD_CONTROL_NOTIFICATION', 'internal'],
  [22, 'LID_MIGRATION_MAPPING_SYNC', 'internal'],
  [23, 'REMINDER_MESSAGE', 'internal'],
  [24, 'BOT_MEMU_ONBOARDING_MESSAGE', 'internal'],
  [25, 'STATUS_MENTION_MESSAGE', 'internal'],
  [26, 'STOP_GENERATION_MESSAGE', 'internal'],
  [27, 'LIMIT_SHARING', 'internal'],
  [28, 'AI_PSI_METADATA', 'internal'],
  [29, 'AI_QUERY_FANOUT', 'internal'],
  [30, 'GROUP_MEMBER_LABEL_CHANGE', 'internal'],
];
