import { proto, type AuthenticationCreds } from 'baileys';
import { GatewayError } from '../errors.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import type { FileOfMessage, MediaContent, OutgoingMessage } from '../instances/connection.ts';
import { kindOf } from '../jid.ts';
import type { Log } from '../log.ts';
import { findOutgoing } from '../messages/outgoing-store.ts';
import { isConnectionLost } from './baileys-errors.ts';
import { baileysLog } from './baileys-log.ts';
import type { BaileysSocket } from './baileys-socket.ts';
import { composeMedia } from './compose-media.ts';
import type { DurableWrites } from './durable-writes.ts';
import type { KeyStore } from './key-store.ts';
import { requestUpload } from './media-retry.ts';

export interface OutgoingParts {
  readonly inbox: InstanceInbox;
  readonly log: Log;
  readonly creds: AuthenticationCreds;
  readonly keys: KeyStore;
  readonly writes: DurableWrites;
  /** The socket while it can be used; null before and after. */
  readonly liveSocket: () => BaileysSocket | null;
  readonly whenEnded: Promise<void>;
  /** Resolves when every frame that Baileys has handed over until now has left. */
  readonly whenSent: () => Promise<void>;
}

/** What programs do with a connection: messages, their files, and what the phone is asked for about them. */
export class Outgoing {
  readonly #parts: OutgoingParts;

  constructor(parts: OutgoingParts) {
    this.#parts = parts;
  }

  /** See `Connection`, as for the next two. */
  async send({ id, to, content, isRepeated }: OutgoingMessage): Promise<void> {
    const { keys, writes, liveSocket, whenEnded, whenSent } = this.#parts;
    const socket = liveSocket();
    // What does not leave because the connection ends stays pending and is sent by the next one.
    if (socket === null || writes.isFenced) return;
    try {
      // Baileys notes who has a group's key before the message that brings it has arrived.
      if (isRepeated && kindOf(to) === 'group') await keys.keys.set({ 'sender-key-memory': { [to]: null } });
      const sent = socket.relayMessage(to, proto.Message.decode(content), { messageId: id });
      // When the store fails, the encryption of the message stays pending for ever.
      await Promise.race([sent, whenEnded]);
    } catch (error) {
      if (liveSocket() === null || writes.isFenced || isConnectionLost(error)) return;
      throw failed('WhatsApp did not take the message.', error);
    }
    await whenSent();
  }

  async composeMedia(media: MediaContent): Promise<Uint8Array> {
    const socket = this.socket();
    const { inbox, log, whenEnded } = this.#parts;
    try {
      const ended = whenEnded.then(() => Promise.reject(new Error('The connection ended.')));
      return await Promise.race([composeMedia(media, socket, baileysLog(log, inbox.instanceId)), ended]);
    } catch (error) {
      throw failed('The file could not be uploaded.', error);
    }
  }

  async requestUpload(file: FileOfMessage): Promise<string | null> {
    const socket = this.socket();
    const { inbox, creds, whenEnded } = this.#parts;
    try {
      return await requestUpload(file, {
        clock: inbox.parts.clock,
        me: creds.me?.id ?? '',
        sendNode: (node) => socket.sendNode(node),
        onNotification: (listener) => {
          socket.ws.on('CB:notification,type:mediaretry', listener);
          return () => void socket.ws.off('CB:notification,type:mediaretry', listener);
        },
        whenEnded,
      });
    } catch (error) {
      throw failed('The phone could not be asked for the file.', error);
    }
  }

  /** What a retry receipt asks for again, also after a restart. */
  async contentOf(messageId: string | null | undefined): Promise<proto.IMessage | undefined> {
    const { inbox, writes } = this.#parts;
    const { instanceId, parts } = inbox;
    if (messageId === null || messageId === undefined) return undefined;
    const outgoing = await findOutgoing(parts.database, instanceId, messageId).catch((error: unknown) => {
      // Baileys would go on without the message and confirm that it was asked for: the contact would never get it.
      writes.fence(error);
      return new Promise<never>(() => undefined);
    });
    return outgoing && proto.Message.decode(parts.vault.open(outgoing.content));
  }

  /** @throws GatewayError `action_failed` while there is none */
  socket(): BaileysSocket {
    const socket = this.#parts.liveSocket();
    if (socket !== null) return socket;
    throw new GatewayError('action_failed', 'The instance is not connected.', {
      explanation: 'Wait until its status is ready and try again.',
    });
  }
}

function failed(what: string, error: unknown): GatewayError {
  const explanation = error instanceof Error ? error.message : String(error);
  return new GatewayError('action_failed', what, { explanation });
}
