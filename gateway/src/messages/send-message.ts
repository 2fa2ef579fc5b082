import { randomBytes } from 'node:crypto';
import type { MessageData } from '@eazewa/sdk/events';
import type { Clock } from '../clock.ts';
import { DataError, type Database } from '../database/database.ts';
import { GatewayError } from '../errors.ts';
import type { Connection, Connector } from '../instances/connection.ts';
import { parseChatId } from '../jid.ts';
import type { Log } from '../log.ts';
import type { LoadSource } from '../media/load-source.ts';
import type { Vault } from '../vault.ts';
import { ChatOrder, type ChatPlace } from './chat-order.ts';
import { composeMedia } from './compose-media.ts';
import { findMessage } from './find-message.ts';
import type { MediaToSend, Messages, MessageToSend } from './messages.ts';
import {
  findOutgoing,
  findOutgoingByKey,
  insertOutgoing,
  pendingOutgoing,
  settleOutgoing,
  type Outgoing,
} from './outgoing-store.ts';
import type { ServerAnswer } from './server-answer.ts';

export interface SenderParts {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Log;
  readonly connector: Pick<Connector, 'compose'>;
  readonly loadSource: LoadSource;
  /** @throws GatewayError `action_failed` unless the instance is ready, `not_found` when there is none. */
  readonly connectionOf: (instanceId: number) => Connection;
  /** The wire jids of the chat with this one: of a person whose other address is known, both. */
  readonly formsOf: (instanceId: number, jid: string) => Promise<readonly string[]>;
  /** The message as it is known now: as recorded, or made from what is stored of it, with `ack: 0`. */
  readonly describe: (instanceId: number, outgoing: Outgoing) => Promise<MessageData>;
}

/** A call to send, with its place in the order of the chat. */
interface PlacedCall {
  readonly instanceId: number;
  /** Wire jid of the chat. */
  readonly to: string;
  readonly idempotencyKey: string | undefined;
  readonly compose: (connection: Connection) => Promise<Uint8Array>;
  readonly place: ChatPlace;
}

/** How long a request waits for the server's ack. */
const ackWaitMs = 10_000;

/**
 * Messages that programs send: stored under their final id before anything leaves, and sent to each chat in the order of the
 * calls, whichever of its two addresses they name, also after the files that were asked for before.
 */
export class MessageSender implements Messages {
  readonly #parts: SenderParts;
  /** Requests that wait for the server's ack, by instance and message. */
  readonly #waiting = new Map<string, Set<(answer: ServerAnswer) => void>>();
  readonly #lastSend = new Map<number, Promise<void>>();
  /** Which connection got a message that WhatsApp has not answered, by instance and message: none gets it twice. */
  readonly #givenTo = new Map<string, Connection>();
  readonly #order: ChatOrder;
  /** Messages that are stored and wait for their turn in the chat, as `#givenTo`. */
  readonly #notInTurn = new Set<string>();
  #lastCreatedAt = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#order = new ChatOrder(parts.clock);
  }

  async send(instanceId: number, message: MessageToSend, idempotencyKey?: string): Promise<MessageData> {
    const { chatId, text, mentions } = message;
    return this.#sendOnce(instanceId, toJid(chatId), idempotencyKey, () =>
      this.#parts.connector.compose({ text, mentions: mentions.map(toJid) }),
    );
  }

  async sendMedia(instanceId: number, media: MediaToSend, idempotencyKey?: string): Promise<MessageData> {
    const to = toJid(media.chatId);
    return this.#sendOnce(instanceId, to, idempotencyKey, (connection) =>
      composeMedia(media, to, connection, this.#parts.loadSource),
    );
  }

  find(instanceId: number, messageId: string): Promise<MessageData> {
    const { database, formsOf } = this.#parts;
    return findMessage(database, instanceId, messageId, (jid) => formsOf(instanceId, jid));
  }

  async #sendOnce(
    instanceId: number,
    to: string,
    idempotencyKey: string | undefined,
    compose: (connection: Connection) => Promise<Uint8Array>,
  ): Promise<MessageData> {
    const place = this.#order.enter(nameOf(instanceId, to));
    try {
      return await this.#sendInPlace({ instanceId, to, idempotencyKey, compose, place });
    } catch (error) {
      place.leave();
      throw error;
    }
  }

  async #sendInPlace({ instanceId, to, idempotencyKey, compose, place }: PlacedCall): Promise<MessageData> {
    const { database, connectionOf, formsOf, clock } = this.#parts;
    const createdAt = this.#nextTime(clock.now());
    if (idempotencyKey !== undefined) {
      const earlier = await findOutgoingByKey(database, instanceId, idempotencyKey);
      if (earlier !== undefined) return this.#resultOf(instanceId, earlier, place);
    }
    const connection = connectionOf(instanceId);
    const outgoing = this.#newOutgoing(to, await compose(connection), createdAt);
    const forms = await formsOf(instanceId, to);
    const key = waitKey(instanceId, outgoing.id);
    this.#notInTurn.add(key);
    try {
      await database.commit([insertOutgoing(instanceId, outgoing, idempotencyKey ?? null)]);
    } catch (error) {
      this.#notInTurn.delete(key);
      if (!(error instanceof DataError) || idempotencyKey === undefined) throw error;
      const earlier = await findOutgoingByKey(database, instanceId, idempotencyKey);
      if (earlier === undefined) throw error;
      return this.#resultOf(instanceId, earlier, place);
    }
    const answered = this.#whenAnswered(instanceId, outgoing.id);
    const turn = place.turn(forms.map((jid) => nameOf(instanceId, jid)));
    const given = turn.then(() => {
      const done = this.#inTurn(instanceId, async () => {
        this.#notInTurn.delete(key);
        if (this.#readyConnection(instanceId) !== connection)
          await this.#checkStillWanted(instanceId, outgoing);
        await this.#give(instanceId, outgoing);
      });
      place.leave();
      return done;
    });
    // Not longer than the answer may take, whatever holds the message up.
    await Promise.race([given, answered]);
    return this.#result(instanceId, outgoing, answered);
  }

  /** WhatsApp's server has answered; called by the drain when that is recorded. */
  answered(instanceId: number, answer: ServerAnswer): void {
    const key = waitKey(instanceId, answer.messageId);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    this.#givenTo.delete(key);
    for (const resolve of waiting ?? []) resolve(answer);
  }

  /** Sends again, under the same ids, what was on its way when a connection or the process ended; before anything new. */
  resendPending(instanceId: number): Promise<void> {
    return this.#inTurn(instanceId, async () => {
      const { database, log } = this.#parts;
      try {
        for (const outgoing of await pendingOutgoing(database, instanceId))
          if (!this.#notInTurn.has(waitKey(instanceId, outgoing.id)))
            await this.#give(instanceId, outgoing, true).catch(logRefused);
      } catch (error) {
        log.warn({ instanceId, err: error }, 'Messages that wait could not be sent again yet.');
      }
      function logRefused(error: unknown): void {
        if (!(error instanceof GatewayError)) throw error;
        log.warn({ instanceId, err: error }, 'A message that waited was refused.');
      }
    });
  }

  #newOutgoing(to: string, content: Uint8Array, createdAt: number): Outgoing {
    const { vault } = this.#parts;
    return {
      id: newMessageId(),
      to,
      content: vault.seal(content),
      state: 'pending',
      error: null,
      createdAt,
    };
  }

  /** Two messages of one millisecond keep their order too when they are sent again. */
  #nextTime(nowMs: number): number {
    this.#lastCreatedAt = Math.max(nowMs, this.#lastCreatedAt + 1);
    return this.#lastCreatedAt;
  }

  /** Runs the work after what the instance was asked to send before. */
  #inTurn(instanceId: number, work: () => Promise<void>): Promise<void> {
    const before = this.#lastSend.get(instanceId) ?? Promise.resolve();
    const done = before.then(work);
    this.#lastSend.set(
      instanceId,
      done.catch(() => undefined),
    );
    return done;
  }

  /**
   * Hands a stored message to the connection. When there is none it stays pending and the next one gets it.
   *
   * @throws GatewayError `action_failed` when WhatsApp or the content is at fault; it is recorded as failed then.
   */
  async #give(instanceId: number, outgoing: Outgoing, isRepeated = false): Promise<void> {
    const connection = this.#readyConnection(instanceId);
    const key = waitKey(instanceId, outgoing.id);
    if (connection === null || this.#givenTo.get(key) === connection) return;
    this.#givenTo.set(key, connection);
    try {
      const content = this.#parts.vault.open(outgoing.content);
      await connection.send({ id: outgoing.id, to: outgoing.to, content, isRepeated });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      await this.#fail(instanceId, outgoing.id, error.details.explanation ?? error.message);
      throw error;
    }
  }

  /**
   * A message fails when its number is unlinked: another number, linked while it waited, must not send it.
   *
   * @throws GatewayError `action_failed`
   */
  async #checkStillWanted(instanceId: number, { id }: Outgoing): Promise<void> {
    const now = await findOutgoing(this.#parts.database, instanceId, id);
    if (now?.state !== 'pending') throw refused(now?.error ?? 'unknown');
  }

  #readyConnection(instanceId: number): Connection | null {
    try {
      return this.#parts.connectionOf(instanceId);
    } catch (error) {
      if (error instanceof GatewayError) return null;
      throw error;
    }
  }

  async #fail(instanceId: number, messageId: string, error: string): Promise<void> {
    const { database, clock } = this.#parts;
    await database.commit([settleOutgoing(instanceId, messageId, 'failed', error, clock.now())]);
    this.answered(instanceId, { messageId, message: null, error });
  }

  /** The result of an earlier call, which has a place of its own. */
  async #resultOf(instanceId: number, outgoing: Outgoing, place: ChatPlace): Promise<MessageData> {
    place.leave();
    const answered = this.#whenAnswered(instanceId, outgoing.id);
    // Read after the wait began, so that an answer in between is not missed.
    const now = await findOutgoing(this.#parts.database, instanceId, outgoing.id);
    if (now?.state === 'failed') throw refused(now.error ?? 'unknown');
    return now?.state === 'pending'
      ? this.#result(instanceId, outgoing, answered)
      : this.#parts.describe(instanceId, outgoing);
  }

  async #result(
    instanceId: number,
    outgoing: Outgoing,
    answered: Promise<ServerAnswer | null>,
  ): Promise<MessageData> {
    const answer = await answered;
    if (answer !== null && answer.error !== null) throw refused(answer.error);
    return answer?.message ?? this.#parts.describe(instanceId, outgoing);
  }

  /** The server's answer, or null after ten seconds. */
  #whenAnswered(instanceId: number, messageId: string): Promise<ServerAnswer | null> {
    return new Promise((resolve) => {
      const key = waitKey(instanceId, messageId);
      const waiting = this.#waiting.get(key) ?? new Set();
      const cancel = this.#parts.clock.after(ackWaitMs, () => {
        waiting.delete(onAnswer);
        if (waiting.size === 0) this.#waiting.delete(key);
        resolve(null);
      });
      const onAnswer = (answer: ServerAnswer) => {
        cancel();
        resolve(answer);
      };
      this.#waiting.set(key, waiting.add(onAnswer));
    });
  }
}

function refused(error: string): GatewayError {
  return new GatewayError('action_failed', 'WhatsApp refused the message.', {
    explanation: /^\d+$/.test(error) ? `WhatsApp's server answered with error ${error}.` : error,
  });
}

/** A chat in the order of what is sent. */
function nameOf(instanceId: number, jid: string): string {
  return `${instanceId} ${jid}`;
}

function waitKey(instanceId: number, messageId: string): string {
  return `${instanceId}_${messageId}`;
}

/** `3EB0` and 18 hex digits, as WhatsApp Web makes them. */
function newMessageId(): string {
  return `3EB0${randomBytes(9).toString('hex').toUpperCase()}`;
}

/** @throws GatewayError `action_failed` in the contract's words. */
function toJid(contactId: string): string {
  const parsed = parseChatId(contactId);
  if ('jid' in parsed) return parsed.jid;
  const { message, explanation } = parsed.problem;
  throw new GatewayError('action_failed', message, { explanation });
}
