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
export async function learnGroups(learn: LearnGroupsParts): Promise<void> {
  const { inbox, groups, log, fetchAll, isOver } = learn;
  try {
    const before = await groups.jids();
    const all = Object.values(await fetchAll());
    if (isOver()) return;
    await takeIn(learn, before, all);
  } catch (error) {
    if (isOver()) return;
    log.warn(
      { instanceId: inbox.instanceId, err: error },
      'The groups could not be fetched; acks in groups that are not known stay at 1 until the next connection.',
    );
  }
}

async function takeIn(
  { inbox, groups }: Pick<LearnGroupsParts, 'inbox' | 'groups'>,
  before: readonly string[],
  all: readonly GroupMetadata[],
): Promise<void> {
  const { database } = inbox.parts;
  try {
    const pairs = all.flatMap(({ participants }) => participants.flatMap(pairOf));
    const learned = pairs.flatMap((pair) => inbox.addresses.learn(pair));
    if (learned.length > 0) await database.commit(learned);
    await fillGroups(database, groups, before, all.map(toKnown));
  } catch (error) {
    // It may be known in memory only, and what is known is not written again. The next connection has the same memory.
    groups.forget();
    inbox.addresses.forget();
    throw error;
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
