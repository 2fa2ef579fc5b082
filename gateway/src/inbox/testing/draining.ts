import { proto } from 'baileys';
import { plainWebhook } from '../../webhooks/webhook.ts';
import { after } from 'node:test';
import type { EventName } from '@eazewa/sdk/events';
import { eventNames } from '@eazewa/sdk/events';
import type { Database } from '../../database/database.ts';
import { sql } from '../../database/sql.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { Lifecycle, Own } from '../../events/translation.ts';
import { EventIds } from '../../ids.ts';
import { createLog } from '../../log.ts';
import type { ServerAnswer } from '../../messages/server-answer.ts';
import type { Delivery } from '../../outbox/outbox-store.ts';
import { createVault } from '../../vault.ts';
import { codec, encodeStanza } from '../../whatsapp/codec.ts';
import { Inboxes, type OpenInbox } from '../inboxes.ts';
import { insertRow, type InboxKind, type InboxState, type NewInboxRecord } from '../inbox-rows.ts';
import { packPlaintexts } from '../plaintexts.ts';
import { until } from '../../testing/until.ts';
import { paddedText } from './padded-text.ts';

export const vault = createVault(Buffer.alloc(32, 1));

export const own: Own = {
  instanceId: 1,
  phone: '491709999999@s.whatsapp.net',
  lid: '900000000000001@lid',
};

/** What a receiver was told: the event's name and what tells it apart, such as `message hello`. */
export type Told = string;

export interface Draining extends OpenInbox {
  readonly database: Database;
  readonly clock: FakeClock;
  readonly answers: readonly ServerAnswer[];
  readonly deliveries: readonly Delivery[];
  /** The instances whose events were said to be committed, one for each time. */
  readonly wakeUps: readonly number[];
  /** What the scheduler was told, in that order: `uncertain`, or the id of a delivery. */
  readonly heard: readonly (string | number)[];
  /** Commits rows of the inbox and tells the drain. */
  readonly put: (...rows: readonly NewInboxRecord[]) => Promise<void>;
  /** What is recorded so far, in the order of the deliveries. */
  readonly told: () => Promise<Told[]>;
  /** Resolves with all that is told once `last` is among it. */
  readonly toldUntil: (last: Told) => Promise<Told[]>;
  /** State and note of each row, by number. */
  readonly rows: () => Promise<Record<number, string>>;
  /** Opens the inbox of an instance that is not open yet. */
  readonly openAnother: (instanceId: number) => Promise<OpenInbox>;
  readonly close: () => Promise<void>;
  /** Another process on the same store: this one is stopped. */
  readonly restart: () => Promise<Draining>;
}

/** An instance's inbox with its drain, on a real store, until the test ends. All events go to one webhook. */
export async function startDraining(database: Database): Promise<Draining> {
  const draining = await openDraining(database);
  after(() => draining.close());
  return draining;
}

/** The same for what is no test; call `close` in the end. */
export async function openDraining(database: Database): Promise<Draining> {
  const clock = new FakeClock();
  const answers: ServerAnswer[] = [];
  const deliveries: Delivery[] = [];
  const wakeUps: number[] = [];
  const heard: (string | number)[] = [];
  const inboxes = new Inboxes({
    database,
    vault,
    clock,
    log: createLog('silent'),
    codec,
    own: () => own,
    webhooks: () => [
      plainWebhook({ id: 1, instanceId: 1, url: 'http://127.0.0.1/', events: [...eventNames] }),
    ],
    eventIds: new EventIds(null),
    onEvents: (instanceId) => wakeUps.push(instanceId),
    onDeliveries(more) {
      deliveries.push(...more);
      heard.push(...more.map(({ id }) => id));
    },
    onUncertain: () => heard.push('uncertain'),
    onAnswer: (_, answer) => answers.push(answer),
  });
  const opened = await inboxes.open(1);
  const told = () => toldBy(database);
  return {
    ...opened,
    database,
    clock,
    heard,
    answers,
    deliveries,
    wakeUps,
    told,
    put: async (...rows) => {
      await database.commit(rows.map((row) => insertRow(1, row)));
      opened.drain.kick();
    },
    toldUntil: async (last) => {
      let all: string[] = [];
      await until(async () => (all = await told()).includes(last), { state: () => all });
      return all;
    },
    rows: async () => {
      const rows = await database.all<{ seq: number; state: string; note: string | null }>(
        sql`select seq, state, note from inbox where instance_id = 1 order by seq`,
      );
      return Object.fromEntries(
        rows.map(({ seq, state, note }) => [seq, note === null ? state : `${state}: ${note}`]),
      );
    },
    openAnother: (instanceId) => inboxes.open(instanceId),
    close: () => inboxes.close(1),
    restart: async () => {
      await inboxes.close(1);
      return startDraining(database);
    },
  };
}

async function toldBy(database: Database): Promise<Told[]> {
  const rows = await database.all<{ name: EventName; body: Uint8Array }>(
    sql`select e.name, e.body from deliveries d join events e on e.id = d.event_id order by d.id`,
  );
  return rows.map(({ name, body }) => {
    const { data } = JSON.parse(Buffer.from(body).toString()) as {
      data: { message?: { body: string; ack: number; id: { id: string } }; state?: string };
    };
    if (name === 'message_ack') return `${name} ${data.message?.id.id} ${data.message?.ack}`;
    const detail = data.message?.body ?? data.state;
    return detail === undefined ? name : `${name} ${detail}`;
  });
}

/** A contact as WhatsApp addresses it today. */
export interface Contact {
  readonly lid: string;
  readonly phone: string;
}

export const anna: Contact = { lid: '153978989985921@lid', phone: '491701234567@s.whatsapp.net' };
export const ben: Contact = { lid: '153978989985922@lid', phone: '491701234568@s.whatsapp.net' };

/** A row with a text from a contact; its message id is the text unless said otherwise. */
export function textRow(
  seq: number,
  from: Contact,
  text: string,
  { state = 'decided', id = text }: { readonly state?: InboxState; readonly id?: string } = {},
): NewInboxRecord {
  const attrs = { from: from.lid, sender_pn: from.phone, id, t: '1700000000', type: 'text' };
  const sealed = vault.seal(packPlaintexts([paddedText(text)]));
  const plaintext = state === 'decided' ? sealed : null;
  return row(seq, 'message', { state, plaintext, stanza: encodeStanza({ tag: 'message', attrs }) });
}

/** A row with a text from before the linking; its message id is the text. */
export function pastRow(
  seq: number,
  from: Contact,
  id: string,
  message: proto.IMessage = { conversation: id },
): NewInboxRecord {
  const key = { id, fromMe: false, remoteJid: from.lid };
  const past = proto.WebMessageInfo.encode({ key, message, messageTimestamp: 1_600_000_000 }).finish();
  return row(seq, 'past', {
    stanza: Buffer.from(from.lid),
    plaintext: vault.seal(packPlaintexts([past])),
  });
}

/** A row with own texts that the phone tells afterwards; their message ids are the texts. */
export function historyRow(seq: number, to: Contact, texts: readonly string[]): NewInboxRecord {
  const messages = texts.map((text) =>
    proto.WebMessageInfo.encode({
      key: { id: text, fromMe: true, remoteJid: to.phone },
      message: { conversation: text },
      messageTimestamp: 1_700_000_000,
      status: proto.WebMessageInfo.Status.SERVER_ACK,
    }).finish(),
  );
  return row(seq, 'history', {
    stanza: Buffer.from(to.phone),
    plaintext: vault.seal(packPlaintexts(messages)),
  });
}

/** What receivers are told of these texts. */
export function text(...words: readonly string[]): string[] {
  return words.flatMap((word) => [`message_create ${word}`, `message ${word}`]);
}

/** Its plaintext, for the statement that decides it. */
export function sealedText(text: string): Uint8Array {
  return vault.seal(packPlaintexts([paddedText(text)]));
}

/** A row that says that a contact has a message of ours. */
export function receiptRow(seq: number, from: Contact, id: string): NewInboxRecord {
  const attrs = { from: from.lid, id, t: '1700000000' };
  return row(seq, 'stanza', { stanza: encodeStanza({ tag: 'receipt', attrs }) });
}

/** A row with the server's ack of a message of ours. */
export function ackRow(seq: number, to: Contact, id: string, error?: string): NewInboxRecord {
  const attrs = {
    class: 'message',
    from: to.phone,
    id,
    t: '1700000000',
    ...(error === undefined ? {} : { error }),
  };
  return row(seq, 'sent', { stanza: encodeStanza({ tag: 'ack', attrs }) });
}

export function lifecycleRow(seq: number, change: Lifecycle): NewInboxRecord {
  return row(seq, 'lifecycle', { stanza: Buffer.from(JSON.stringify(change)) });
}

export function row(seq: number, kind: InboxKind, parts: Partial<NewInboxRecord> = {}): NewInboxRecord {
  const receivedAt = 1_700_000_000_000;
  return { seq, kind, state: 'decided', hash: null, stanza: null, plaintext: null, receivedAt, ...parts };
}
