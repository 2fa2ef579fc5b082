import assert from 'node:assert/strict';
import type { Database } from '../../database/database.ts';
import type { Statement } from '../../database/sql.ts';
import type { FakeClock } from '../../testing/fake-clock.ts';
import type { StoredMessage } from '../../events/translation.ts';
import { decideRow, endRow, insertRow, openRows } from '../../inbox/inbox-rows.ts';
import { MessageStore } from '../../messages/message-store.ts';
import { insertOutgoing, pendingOutgoing, settleOutgoing } from '../../messages/outgoing-store.ts';
import { RecipientStore } from '../../messages/recipient-store.ts';
import { createOutboxStore } from '../../outbox/delivery-store.ts';
import type { Delivery, OutboxStore } from '../../outbox/outbox-store.ts';
import { newDeliveries, prepareEvent } from '../../outbox/record-event.ts';
import { endOf, refusal } from '../../outbox/testing/ends.ts';
import { plainWebhook, type Webhook } from '../../webhooks/webhook.ts';

/** The tables that grow with the load. */
export const tables = [
  'inbox',
  'event_identities',
  'events',
  'deliveries',
  'attempts',
  'messages',
  'outgoing',
  'recipients',
] as const;

const answering = plainWebhook({
  id: 1,
  instanceId: 1,
  url: 'http://receiver.test/',
  events: ['message'],
});
/** It never answers, so it is owed all its events for ever. */
export const silentWebhook: Webhook = { ...answering, id: 2 };

/** What a gateway writes, by the functions that it writes with, at a rate that never changes. */
export class SteadyLoad {
  /** Rows that `owe` left, and that must stay. */
  readonly owed: Readonly<Record<(typeof tables)[number], number>> = {
    inbox: 1,
    event_identities: 0,
    events: 3,
    deliveries: 3,
    attempts: 3,
    messages: 0,
    outgoing: 1,
    recipients: 0,
  };
  readonly #database: Database;
  readonly #clock: FakeClock;
  readonly #perDay: number;
  readonly #messages: MessageStore;
  readonly #outbox: OutboxStore;
  #seq = 0;

  constructor(database: Database, clock: FakeClock, messagesPerDay: number) {
    this.#perDay = messagesPerDay;
    this.#database = database;
    this.#clock = clock;
    this.#messages = new MessageStore(database, 1);
    this.#outbox = createOutboxStore(database);
  }

  /** Messages in and out over one day. Every seventh row is parked; every delivery needs a second attempt. */
  async day(): Promise<void> {
    const dayMs = 24 * 3600 * 1000;
    const begin = this.#clock.now();
    await Promise.all(
      Array.from({ length: this.#perDay }, async (_, number) => {
        const nowMs = begin + Math.floor((number * dayMs) / this.#perDay);
        const sent = this.#send(`out ${this.#seq}`, 'settled', nowMs);
        const [delivery] = await this.#message(answering, `in ${this.#seq}`, nowMs);
        assert.ok(delivery);
        await this.#attempt(delivery, nowMs);
        await this.#settle(delivery, nowMs);
        await sent;
      }),
    );
    this.#clock.advance(dayMs);
  }

  /** Leaves what must never go: a row that waits, events that nobody answers for, a message without its ack. */
  async owe(): Promise<void> {
    const nowMs = this.#clock.now();
    await this.#database.commit([this.#row(++this.#seq, nowMs)]);
    for (let number = 0; number < 3; number++) {
      const [delivery] = await this.#message(silentWebhook, `owed ${number}`, nowMs);
      assert.ok(delivery);
      await this.#attempt(delivery, nowMs);
    }
    await this.#send('waits', 'pending', nowMs);
  }

  async assertOwed(): Promise<void> {
    const heads = await this.#outbox.heads(silentWebhook.id, 9, 10);
    assert.deepEqual(
      heads.map(({ body }) => Buffer.from(body).toString()),
      [0, 1, 2].map((number) => `{"event":"message","instanceId":"1","data":{"text":"owed ${number}"}}`),
    );
    assert.deepEqual(
      (await openRows(this.#database, 1, 0, 10)).map(({ seq }) => seq),
      [1],
    );
    assert.deepEqual(
      (await pendingOutgoing(this.#database, 1)).map(({ id }) => id),
      ['waits'],
    );
  }

  async #message(webhook: Webhook, text: string, nowMs: number): Promise<Delivery[]> {
    const seq = ++this.#seq;
    await this.#database.commit([this.#row(seq, nowMs)]);
    const draft = { name: 'message', data: { text }, identity: text } as const;
    const event = prepareEvent({ instanceId: 1, chatId: 9, draft, webhooks: [webhook], nowMs });
    const data = { timestamp: Math.floor(nowMs / 1000) } as StoredMessage['data'];
    const committed = await this.#database.commit([
      decideRow(1, seq, 'decided', Buffer.from(text)),
      ...event.statements,
      this.#messages.put(9, { id: text, fromMe: false, ack: 1, data }),
      seq % 7 === 0 ? endRow(1, seq, 'parked', 'undecryptable') : endRow(1, seq, 'done', null),
    ]);
    return newDeliveries([event], committed);
  }

  #row(seq: number, receivedAt: number): Statement {
    const [hash, stanza] = [Buffer.alloc(32, seq), Buffer.from('a stanza')];
    const parts = { seq, kind: 'message', state: 'undecided', plaintext: null } as const;
    return insertRow(1, { ...parts, hash, stanza, receivedAt });
  }

  async #attempt({ id }: Delivery, nowMs: number): Promise<void> {
    const runs = [refusal({ firstAt: nowMs, lastAt: nowMs })];
    await this.#outbox.logAttempts({ deliveryId: id, attempts: 1, runs });
  }

  async #settle({ id }: Delivery, settledAt: number): Promise<void> {
    await this.#outbox.settle(endOf(id, { attempts: 2, settledAt }));
  }

  async #send(id: string, end: 'pending' | 'settled', createdAt: number): Promise<void> {
    const message = { id, to: '4917@s.whatsapp.net', content: Buffer.from('sealed'), createdAt };
    await this.#database.commit([
      insertOutgoing(1, message, `key of ${id}`),
      ...(end === 'settled' ? [settleOutgoing(1, id, 'sent', null, createdAt)] : []),
      ...(end === 'settled' ? await this.#recipientsOf(id, createdAt) : []),
    ]);
  }

  /** As of a message to a group of two. */
  #recipientsOf(id: string, at: number): Promise<Statement[]> {
    return new RecipientStore(this.#database, 1, () => at).note(id, ['153978989985921@lid']);
  }
}
