import type { EventName } from '@eazewa/sdk/events';

export interface EventText {
  /** When it fires, as the end of a sentence. */
  readonly fires: string;
  /** The kind whose body stands in docs/events.md; the first one without it. */
  readonly shown?: string;
}

/** What the tables of the docs say of each event, in the order of the documentation. */
export const eventTexts: Readonly<Record<EventName, EventText>> = {
  message: { fires: 'you receive a message', shown: 'text' },
  loading_screen: { fires: 'the instance is loading, until it is ready for the first time' },
  qr: { fires: 'there is a new QR code to scan' },
  authenticated: { fires: 'the number is linked, or its stored login accepted' },
  auth_failure: { fires: 'WhatsApp refused the login' },
  ready: { fires: 'messages can be sent and received' },
  disconnected: { fires: 'the instance is disconnected and stays so' },
  message_create: { fires: 'a new message exists, sent or received', shown: 'sent through the API' },
  message_revoke_everyone: { fires: 'a message was deleted for everyone' },
  message_revoke_me: { fires: 'a message was deleted on your devices only' },
  message_ack: { fires: 'a sent message got further: sent, delivered, read, played, failed', shown: 'read' },
  message_reaction: { fires: 'a reaction was sent, received, changed or removed' },
  media_uploaded: { fires: 'the file of an own message is uploaded' },
  group_join: { fires: 'somebody joined a group or was added' },
  group_leave: { fires: 'somebody left a group or was removed' },
  group_update: { fires: "a group's subject, settings or admins changed" },
  change_state: { fires: "the connection's state changed", shown: 'CONNECTED' },
  call: { fires: 'somebody calls' },
  message_edit: { fires: "a message's text was changed" },
  vote_update: { fires: 'somebody voted in a poll' },
};
