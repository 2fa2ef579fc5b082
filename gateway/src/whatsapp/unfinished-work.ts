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
import { historyIn, readPeerContent, withoutHistory, type PeerContent } from './peer-messages.ts';

/** What Baileys does with a message after its receipt. */
export interface HandlesMessages {
  upsertMessage(message: WAMessage, type: 'append'): Promise<void>;
  readonly messageMutex: { mutex<T>(work: () => Promise<T>): Promise<T> };
}

/** Messages between the own devices whose receipt may have left before Baileys did what they ask for. */
export function loadUnfinishedWork({ instanceId, parts }: InstanceInbox): Promise<OwnWork[]> {
  return pendingOwnWork(parts.database, instanceId);
}

export interface UnfinishedParts {
  readonly inbox: InstanceInbox;
  readonly socket: HandlesMessages;
  readonly creds: AuthenticationCreds;
  readonly aftermath: Aftermath;
  readonly log: Log;
  readonly isOver: () => boolean;
}

/**
 * Lets Baileys do anew what a crash may have interrupted: keys, address pairs, history. All of it can be done twice. Ends
 * with the connection; what is left is for the next one. Resolves before the histories, which may wait long for the media
 * server, are done.
 */
export async function finishWork(unfinished: readonly OwnWork[], parts: UnfinishedParts): Promise<void> {
  const works = unfinished.flatMap((work) => readWork(work, parts));
  await finishAll(
    works.filter((work) => !isHistory(work)),
    parts,
  );
  void finishAll(works.filter(isHistory), parts);
}

interface Work {
  readonly seq: number;
  readonly peer: PeerMessage;
  readonly content: PeerContent;
}

function isHistory({ content }: Work): boolean {
  return historyIn(content) !== null;
}

async function finishAll(works: readonly Work[], parts: UnfinishedParts): Promise<void> {
  const { inbox, aftermath, log, isOver } = parts;
  const { instanceId } = inbox;
  for (const work of works) {
    const { seq, peer } = work;
    if (isOver()) return;
    try {
      await letBaileysTake(peer, parts);
    } catch (error) {
      if (!isOver()) log.warn({ instanceId, seq, err: error }, failedSentence);
      // What a history tells does not depend on it.
      if (!isHistory(work)) continue;
    }
    if (isOver()) return;
    const isDone = await aftermath.finishPeer(seq, peer);
    if (isDone) log.info({ instanceId, seq }, 'What a crash had interrupted is done.');
  }
}

const failedSentence =
  'What a message between the own devices asks for could not be done; trying again at the next connection.';

async function letBaileysTake(peer: PeerMessage, { socket, creds }: UnfinishedParts): Promise<void> {
  const content = readPeerContent(peer.plaintexts.map(withoutHistory));
  await upsert(messageOf(peer.stanza, content, creds), socket);
}

/** Lets Baileys take in a part of the history as what the stanza brought. */
export async function learnHistory(
  stanza: BinaryNode,
  historySyncNotification: HistoryNotification,
  socket: HandlesMessages,
  creds: AuthenticationCreds,
): Promise<void> {
  const { HISTORY_SYNC_NOTIFICATION: type } = proto.Message.ProtocolMessage.Type;
  await upsert(messageOf(stanza, { protocolMessage: { type, historySyncNotification } }, creds), socket);
}

function upsert(message: WAMessage, socket: HandlesMessages): Promise<void> {
  return socket.messageMutex.mutex(() => socket.upsertMessage(message, 'append'));
}

/** None, and a line in the log, when the row is damaged. */
function readWork({ seq, stanza, plaintext }: OwnWork, { inbox, log }: UnfinishedParts): Work[] {
  const { instanceId, parts } = inbox;
  try {
    const peer = {
      stanza: codec.decodeStanza(stanza) as BinaryNode,
      plaintexts: unpackPlaintexts(parts.vault.open(plaintext)),
    };
    return [{ seq, peer, content: readPeerContent(peer.plaintexts) }];
  } catch (error) {
    log.warn({ instanceId, seq, err: error }, failedSentence);
    return [];
  }
}

/** As Baileys' `decryptMessageNode` makes it. */
function messageOf(stanza: BinaryNode, content: PeerContent, creds: AuthenticationCreds): WAMessage {
  const { id = '', lid = '' } = creds.me ?? {};
  const { fullMessage } = decodeMessageNode(stanza, id, lid);
  fullMessage.message = content;
  cleanMessage(fullMessage, id, lid);
  return fullMessage;
}
