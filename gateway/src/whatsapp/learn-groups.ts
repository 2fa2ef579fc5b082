import type { GroupMetadata } from 'baileys';
import { fillGroups } from '../groups/fill-groups.ts';
import type { Groups, KnownGroup } from '../groups/group-store.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import { isLid, parseJid, withoutDevice } from '../jid.ts';
import type { Log } from '../log.ts';

export interface LearnGroupsParts {
  readonly inbox: InstanceInbox;
  readonly groups: Groups;
  readonly log: Log;
  /** Baileys' query for all groups that the number is a member of. */
  readonly fetchAll: () => Promise<Readonly<Record<string, GroupMetadata>>>;
  readonly isOver: () => boolean;
}

/**
 * Asks WhatsApp once for all groups and their members, also those from before the linking. What it tells is no event: later
 * notifications change it, and acks of own messages are counted by it.
 */
export async function learnGroups({ inbox, groups, log, fetchAll, isOver }: LearnGroupsParts): Promise<void> {
  const { instanceId, parts } = inbox;
  try {
    const before = await groups.jids();
    const all = Object.values(await fetchAll());
    if (isOver()) return;
    const pairs = all.flatMap(({ participants }) => participants.flatMap(pairOf));
    const learned = pairs.flatMap((pair) => inbox.addresses.learn(pair));
    if (learned.length > 0) await parts.database.commit(learned);
    await fillGroups(parts.database, groups, before, all.map(toKnown));
  } catch (error) {
    if (isOver()) return;
    // It may be known in memory only, and what is known is not written again.
    groups.forget();
    inbox.addresses.forget();
    log.warn(
      { instanceId, err: error },
      'The groups could not be fetched; acks in groups that are not known stay at 1 until the next connection.',
    );
  }
}

type Participant = GroupMetadata['participants'][number];

function toKnown({ id, subject, participants }: GroupMetadata): KnownGroup {
  const members = participants.map((participant) => {
    const jid = lidOf(participant);
    return { jid: withoutDevice(jid) ?? jid, role: participant.admin ?? ('member' as const) };
  });
  return { group: id, subject, members };
}

function lidOf({ id, lid }: Participant): string {
  return isLid(id) ? id : (lid ?? id);
}

function pairOf({ id, lid, phoneNumber }: Participant): { lid: string; phone: string }[] {
  const [one, other] = isLid(id) ? [id, phoneNumber] : [lid, id];
  const [lidUser, phone] = [parseJid(one ?? '')?.user, parseJid(other ?? '')?.user];
  return lidUser === undefined || phone === undefined ? [] : [{ lid: lidUser, phone }];
}
