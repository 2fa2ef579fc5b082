import type { MessageType } from '@eazewa/sdk/events';

/** Where the messages of a type come from; or why none has it. */
export type TypeOrigin = { readonly from: string } | { readonly never: string };

const browserOnly = (what: string) => ({
  never: `${what}; WhatsApp Web writes it into the chat itself, nobody sends it`,
});

/** All types of whatsapp-web.js 1.34.7. docs/whatsapp-web-js.md is made of it. */
export const typeOrigins: Readonly<Record<MessageType, TypeOrigin>> = {
  chat: { from: 'text, with or without a link preview; text with buttons; templates' },
  audio: { from: 'audio files' },
  ptt: { from: 'voice notes' },
  image: { from: 'pictures; buttons and templates below a picture' },
  album: { from: 'the frame around pictures and videos that follow' },
  video: { from: 'videos, GIFs (`isGif`), round videos; buttons and templates below a video' },
  document: { from: 'documents; buttons and templates below one' },
  sticker: { from: 'stickers, also moving ones' },
  location: { from: 'places; live locations, once, where they begin (`_data.isLive`)' },
  vcard: { from: 'one contact' },
  multi_vcard: { from: 'several contacts' },
  order: { from: 'orders from a catalogue' },
  revoked: { from: '`after` of message_revoke_everyone' },
  product: { from: 'products of a catalogue' },
  unknown: {
    from: 'what this version does not know: its content is in `_data.content`; and acks of messages nobody saw',
  },
  groups_v4_invite: { from: 'invitations into groups' },
  list: { from: 'lists to choose from' },
  list_response: { from: 'answers to a list' },
  buttons_response: { from: 'answers to buttons' },
  payment: { from: 'payments: sent, asked for, declined, cancelled' },
  broadcast_notification: browserOnly('that a broadcast list was made'),
  call_log: { from: 'calls that were, in the chat' },
  ciphertext: { from: 'acks of own messages whose content could not be decrypted' },
  debug: { never: "a note of WhatsApp's own developers" },
  e2e_notification: browserOnly('that the encryption keys changed'),
  gp2: { never: 'changes of groups; they are group_join, group_leave and group_update, as in the original' },
  group_notification: { never: 'what gp2 was called before 2016' },
  hsm: { from: 'templates of the first kind, which are not filled in' },
  interactive: { from: 'what a business lets its customers do: choose, pay, open a page' },
  native_flow: { never: 'such content is `interactive`; WhatsApp Web has the name for drafts of its own' },
  notification: browserOnly('system messages such as that a contact changed the number'),
  notification_template: browserOnly('system messages such as that a business account is official'),
  oversized: { never: 'text too long for old servers; today it is `chat`, up to 65536 characters' },
  protocol: { never: 'deletions, edits and settings; they have events of their own, or none' },
  reaction: { never: 'reactions; they are message_reaction' },
  template_button_reply: { from: 'answers to the buttons of a template' },
  poll_creation: { from: 'polls' },
  scheduled_event_creation: { from: 'events: dates that people can accept' },
};
