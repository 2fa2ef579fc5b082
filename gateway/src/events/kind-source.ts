import type { GroupInviteData, MessageData, RawKindData } from '@eazewa/sdk/events';
import type { Contacts } from './contacts.ts';
import type { MessageContent } from './translation.ts';

/** The parts of a message that depend on its type, grouped as they stand in its JSON. */
export interface KindFields {
  readonly body: string;
  readonly place: Pick<MessageData, 'location'>;
  readonly vCards: readonly string[];
  /** Without its parties, which are those of the message; null for all others. */
  readonly invite: Omit<GroupInviteData, 'fromId' | 'toId'> | null;
  readonly order: Pick<MessageData, 'orderId' | 'token'>;
  readonly shop: Pick<MessageData, 'title' | 'description' | 'businessOwnerJid' | 'productId'>;
  readonly buttons: Pick<MessageData, 'dynamicReplyButtons' | 'selectedButtonId' | 'selectedRowId'>;
  readonly poll: Pick<
    MessageData,
    | 'pollName'
    | 'pollOptions'
    | 'allowMultipleAnswers'
    | 'pollInvalidated'
    | 'isSentCagPollCreation'
    | 'messageSecret'
  >;
  /** The same facts as the raw model has them. */
  readonly raw: RawKindData;
}

/** What the parts are made of. `part` is the object in the content's field. */
export interface KindSource {
  readonly content: MessageContent;
  readonly field: string;
  readonly part: MessageContent | null;
  readonly body: string;
  readonly contacts: Contacts;
}
