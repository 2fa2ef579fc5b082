import type { Addresses } from '../chats/addresses.ts';
import type { Database } from '../database/database.ts';
import type {
  Context,
  Needs,
  Own,
  Recipients,
  StoredMessage,
  StoredOutgoing,
} from '../events/translation.ts';
import { othersIn, type Groups } from '../groups/group-store.ts';
import { messageKey, type MessageStore } from '../messages/message-store.ts';
import { findAllOutgoing } from '../messages/outgoing-store.ts';
import type { RecipientStore } from '../messages/recipient-store.ts';
import type { Vault } from '../vault.ts';
import type { Codec } from '../events/codec.ts';

export interface ContextParts {
  readonly database: Database;
  readonly vault: Vault;
  readonly codec: Codec;
  readonly addresses: Addresses;
  readonly messages: MessageStore;
  readonly groups: Groups;
  readonly recipients: RecipientStore;
}

/** Fetches what a row needs to be translated. Reads only, from memory where it can. */
export async function fetchContext(
  needs: Needs,
  own: Own,
  offlineSyncEnded: boolean,
  parts: ContextParts,
): Promise<Context> {
  const [otherForm, messages, recipients, roles] = await Promise.all([
    parts.addresses.otherForms(needs.addresses),
    storedMessages(needs.messages, parts.messages),
    recipientsOf(needs, own, parts),
    rolesOf(needs, parts),
  ]);
  const outgoing = await untoldOutgoing(needs.outgoing, messages, own.instanceId, parts);
  const decodeContent = (bytes: Uint8Array) => parts.codec.decodeContent(bytes);
  const known = { own, otherForm, messages, outgoing, recipients, offlineSyncEnded, decodeContent };
  return roles === undefined ? known : { ...known, roles };
}

async function storedMessages(
  wanted: Needs['messages'],
  store: MessageStore,
): Promise<Map<string, StoredMessage>> {
  const messages = new Map<string, StoredMessage>();
  for (const { id, fromMe } of wanted) {
    const message = await store.find(id, fromMe);
    if (message !== undefined) messages.set(messageKey(id, fromMe), message);
  }
  return messages;
}

async function rolesOf({ chat, roles }: Needs, { groups }: ContextParts): Promise<Context['roles']> {
  return roles === undefined || chat === null ? undefined : (await groups.find(chat))?.members;
}

/** Of a message whose recipients were not noted, since nobody knew them, they are the members that are known now. */
async function recipientsOf(
  { recipientsOf: ids = [], chat }: Needs,
  own: Own,
  { groups, recipients }: ContextParts,
): Promise<Map<string, Recipients>> {
  const found = new Map<string, Recipients>();
  for (const id of ids) {
    const noted = await recipients.find(id);
    const group = noted.isComplete || chat === null ? undefined : await groups.find(chat);
    const acks = new Map(
      group && othersIn(group, own).map((member) => [member, noted.acks.get(member) ?? 1] as const),
    );
    found.set(id, acks.size === 0 ? noted : { isComplete: true, acks });
  }
  return found;
}

/** A message that is told is stored with its content: only of the others it is read from what was to be sent. */
async function untoldOutgoing(
  ids: readonly string[],
  messages: ReadonlyMap<string, StoredMessage>,
  instanceId: number,
  parts: ContextParts,
): Promise<Map<string, StoredOutgoing>> {
  const wanted = ids.filter(
    (id) =>
      messages.get(messageKey(id, true))?.data._data.incomplete !== undefined ||
      !messages.has(messageKey(id, true)),
  );
  const found = await findAllOutgoing(parts.database, instanceId, wanted);
  return new Map(
    found.map(({ id, to, content: sealed, createdAt }) => {
      const content = parts.codec.decodeContent(parts.vault.open(sealed));
      return [id, { id, to, content, createdAt }];
    }),
  );
}
