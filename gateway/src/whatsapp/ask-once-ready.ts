import type { WASocket } from 'baileys';
import type { Groups } from '../groups/group-store.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import type { Log } from '../log.ts';
import { catchUp } from './catch-up.ts';
import { learnGroups } from './learn-groups.ts';

export interface AskParts {
  readonly inbox: InstanceInbox;
  readonly groups: Groups;
  readonly log: Log;
  readonly socket: Pick<
    WASocket,
    'groupFetchAllParticipating' | 'requestPlaceholderResend' | 'fetchMessageHistory'
  >;
  /** Resolves when what an earlier connection left is done, but for histories. */
  readonly unfinished: Promise<void>;
  /** Resolves when what has come is recorded. */
  readonly whenRecorded: () => Promise<void>;
  readonly isOver: () => boolean;
}

/**
 * What a connection asks for once it is ready: who is in which group, and what is missing or was left half done. Nobody
 * waits for it, and what fails is tried at the next connection.
 */
export async function askOnceReady(parts: AskParts): Promise<void> {
  const { socket } = parts;
  const fetchAll = () => socket.groupFetchAllParticipating();
  await Promise.all([learnGroups({ ...parts, fetchAll }), askForMissing(parts)]);
}

async function askForMissing(parts: AskParts): Promise<void> {
  await parts.unfinished;
  await catchUp({ ...parts, phone: parts.socket });
}
