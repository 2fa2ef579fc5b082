import {
  cleanMessage,
  decodeMessageNode,
  proto,
  type AuthenticationCreds,
  type BinaryNode,
  type WAMessage,
} from 'baileys';
import { pendingOwnWork, type OwnWork } from '../inbox/inbox-rows.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import { unpackPlaintexts } from '../inbox/plaintexts.ts';
import type { Log } from '../log.ts';
import type { Aftermath, PeerMessage } from './aftermath.ts';
import { codec } from './codec.ts';
import type { HistoryNotification } from './history-file.ts';
import { bringsKeys, readPeerContent, withoutHistory, type PeerContent } from './peer-messages.ts';

/** What Baileys does with a message after its receipt. */
export interface HandlesMessages {
  upsertMessage(message: WAMessage, type: 'append'): Promise<void>;
  readonly messageMutex: { mutex<T>(work: () => Promise<T>): Promise<T> };
}

/** Messages between the own devices whose receipt may have left before Baileys did what they ask for. */
export function loadUnfinishedWork({ instanceId, parts }: InstanceInbox): Promise<OwnWork[]> {
  return pendingOwnWork(parts.database, instanceId);
}

/**
 * Lets Baileys do anew what a crash may have interrupted: keys, address pairs, history. All of it can be done twice.
 * Resolves with whether keys of the shared settings were among it.
 */
export async function finishWork(
  unfinished: readonly OwnWork[],
  {
    inbox,
    socket,
    creds,
    aftermath,
    log,
  }: {
    readonly inbox: InstanceInbox;
    readonly socket: HandlesMessages;
    readonly creds: AuthenticationCreds;
    readonly aftermath: Aftermath;
    readonly log: Log;
  },
): Promise<boolean> {
  let hasKeys = false;
  for (const work of unfinished) {
    const { seq } = work;
    try {
      const peer = readWork(work, inbox);
      const message = messageOf(peer.stanza, readPeerContent(peer.plaintexts.map(withoutHistory)), creds);
      await socket.messageMutex.mutex(() => socket.upsertMessage(message, 'append'));
      hasKeys ||= bringsKeys(readPeerContent(peer.plaintexts));
      await aftermath.finishPeer(seq, peer);
      log.info({ instanceId: inbox.instanceId, seq }, 'What a crash had interrupted is done.');
    } catch (error) {
      log.warn(
        { instanceId: inbox.instanceId, seq, err: error },
        'What a message between the own devices asks for could not be done; trying again at the next connection.',
      );
    }
  }
  return hasKeys;
}

/** Lets Baileys take in a part of the history as what the stanza brought. */
export async function learnHistory(
  stanza: BinaryNode,
  historySyncNotification: HistoryNotification,
  socket: HandlesMessages,
  creds: AuthenticationCreds,
): Promise<void> {
  const { HISTORY_SYNC_NOTIFICATION: type } = proto.Message.ProtocolMessage.Type;
  const message = messageOf(stanza, { protocolMessage: { type, historySyncNotification } }, creds);
  await socket.messageMutex.mutex(() => socket.upsertMessage(message, 'append'));
}

function readWork({ stanza, plaintext }: OwnWork, { parts }: InstanceInbox): PeerMessage {
  return {
    stanza: codec.decodeStanza(stanza) as BinaryNode,
    plaintexts: unpackPlaintexts(parts.vault.open(plaintext)),
  };
}

/** As Baileys' `decryptMessageNode` makes it. */
function messageOf(stanza: BinaryNode, content: PeerContent, creds: AuthenticationCreds): WAMessage {
  const { id = '', lid = '' } = creds.me ?? {};
  const { fullMessage } = decodeMessageNode(stanza, id, lid);
  fullMessage.message = content;
  cleanMessage(fullMessage, id, lid);
  return fullMessage;
}
