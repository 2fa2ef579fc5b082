import type { Dialect } from './dialect.ts';

/** Every table of the first version. Times are milliseconds since 1970, unless the name says otherwise. */
export function initial({ identity, integer, bytes }: Dialect): string[] {
  return [
    // One WhatsApp number each. Ids are never reused: receivers keep a token per instance id.
    `create table instances (
      id ${identity},
      name text not null,
      state text not null,
      state_reason text,
      phone text,
      lid text,
      push_name text,
      created_at ${integer} not null
    )`,

    // Bearer tokens; only the hash is kept.
    `create table tokens (
      id ${identity},
      name text not null,
      hash ${bytes} not null unique,
      permissions text not null,
      instance_ids text,
      created_at ${integer} not null
    )`,

    `create table webhooks (
      id ${identity},
      instance_id ${integer} not null,
      url text,
      events text not null,
      created_at ${integer} not null,
      updated_at ${integer} not null
    )`,
    `create index webhooks_by_instance on webhooks (instance_id)`,

    // WhatsApp credentials and Signal state; values are sealed.
    `create table auth_keys (
      instance_id ${integer} not null,
      kind text not null,
      id text not null,
      value ${bytes} not null,
      primary key (instance_id, kind, id)
    )`,

    // A chat is a number, never a jid: the same chat is a LID today and a phone number tomorrow.
    `create table chats (
      id ${identity},
      instance_id ${integer} not null,
      created_at ${integer} not null
    )`,
    `create table chat_aliases (
      instance_id ${integer} not null,
      jid text not null,
      chat_id ${integer} not null,
      primary key (instance_id, jid)
    )`,

    // Which LID and which phone number are the same person, as WhatsApp told it. Both without server.
    `create table addresses (
      instance_id ${integer} not null,
      lid text not null,
      phone text not null,
      primary key (instance_id, lid)
    )`,
    `create index addresses_by_phone on addresses (instance_id, phone)`,

    // What WhatsApp sent, in the order of the wire. state: undecided | decided | done | parked.
    `create table inbox (
      instance_id ${integer} not null,
      seq ${integer} not null,
      kind text not null,
      state text not null,
      hash ${bytes},
      stanza ${bytes},
      plaintext ${bytes},
      note text,
      received_at ${integer} not null,
      primary key (instance_id, seq)
    )`,
    `create index inbox_by_hash on inbox (instance_id, hash)`,
    `create index inbox_open on inbox (instance_id, seq) where state in ('undecided', 'decided')`,

    // What the API reads, and the context of later events (acks, revokes).
    `create table messages (
      instance_id ${integer} not null,
      chat_id ${integer} not null,
      id text not null,
      from_me ${integer} not null,
      ack ${integer} not null,
      timestamp_s ${integer} not null,
      body ${bytes} not null,
      primary key (instance_id, chat_id, id, from_me)
    )`,
    `create index messages_by_id on messages (instance_id, id)`,

    // Messages that a program asked us to send. state: pending | sent | failed.
    `create table outgoing (
      instance_id ${integer} not null,
      message_id text not null,
      chat_jid text not null,
      content ${bytes} not null,
      state text not null,
      error text,
      created_at ${integer} not null,
      settled_at ${integer},
      idempotency_key text,
      primary key (instance_id, message_id)
    )`,
    `create unique index outgoing_idempotency on outgoing (instance_id, idempotency_key)`,
    `create index outgoing_pending on outgoing (instance_id, created_at) where state = 'pending'`,

    // One event, one identity: a resend, a redelivery or a change of addressing is the same event.
    `create table event_identities (
      instance_id ${integer} not null,
      identity text not null,
      event_id text not null,
      recorded_at ${integer} not null,
      primary key (instance_id, identity)
    )`,

    // The body is the webhook's request body, serialised once.
    `create table events (
      id text primary key,
      instance_id ${integer} not null,
      name text not null,
      chat_id ${integer},
      body ${bytes} not null,
      recorded_at ${integer} not null
    )`,

    // One event owed to one webhook. lane: chat id, 0 for the instance itself.
    // state: pending | delivered | rejected | dropped | parked. status and duration_ms are of the attempt that was
    // answered: it ends the delivery, so it needs no row of its own.
    `create table deliveries (
      id ${identity},
      instance_id ${integer} not null,
      webhook_id ${integer} not null,
      lane ${integer} not null,
      event_id text not null,
      state text not null,
      reason text,
      attempts ${integer} not null,
      status ${integer},
      duration_ms ${integer},
      created_at ${integer} not null,
      settled_at ${integer}
    )`,
    `create index deliveries_pending on deliveries (webhook_id, lane, id) where state = 'pending'`,
    `create index deliveries_by_instance on deliveries (instance_id, id)`,

    // Attempts that did not end their delivery. Those of the same outcome in a row are one record: number is the
    // first's, count how many.
    `create table attempts (
      delivery_id ${integer} not null,
      number ${integer} not null,
      count ${integer} not null,
      outcome text not null,
      reason text,
      first_at ${integer} not null,
      last_at ${integer} not null,
      duration_ms ${integer} not null,
      primary key (delivery_id, number)
    )`,
  ];
}
