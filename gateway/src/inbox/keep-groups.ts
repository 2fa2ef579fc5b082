import type { Statement } from '../database/sql.ts';
import type { EventDraft, Own } from '../events/translation.ts';
import { othersIn, type Groups } from '../groups/group-store.ts';
import { kindOf } from '../jid.ts';
import type { RecipientStore } from '../messages/recipient-store.ts';
import type { RowPlan } from './plan-row.ts';

/**
 * Takes in what a row tells of groups and of who has got own messages; returns what to write. At once, so that the next
 * row of the page finds it. A message to a group is for those who are members when it is recorded.
 */
export async function keepGroups(
  { drafts, groups: changes, sentTo, confirmations }: RowPlan,
  own: Own,
  { groups, recipients }: { readonly groups: Groups; readonly recipients: RecipientStore },
): Promise<Statement[]> {
  const statements: Statement[] = [];
  for (const change of changes) statements.push(...(await groups.apply(change)));
  for (const { messageId, recipients: all } of sentTo)
    statements.push(...(await recipients.note(messageId, all)));
  for (const { messageId, group } of drafts.flatMap(toGroup)) {
    const known = await groups.find(group);
    if (known !== undefined) statements.push(...(await recipients.note(messageId, othersIn(known, own))));
  }
  for (const confirmation of confirmations) statements.push(await recipients.confirm(confirmation));
  return statements;
}

/** An own message to a group that is new. */
function toGroup(draft: EventDraft): { messageId: string; group: string }[] {
  if (draft.name !== 'message_create') return [];
  const { id } = draft.data.message;
  return id.fromMe && kindOf(id.remote) === 'group' ? [{ messageId: id.id, group: id.remote }] : [];
}
