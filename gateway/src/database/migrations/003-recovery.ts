import type { Dialect } from './dialect.ts';

/** What is needed to come back from what went wrong: work that a crash interrupted, messages without content, gaps. */
export function recovery({ identity, integer }: Dialect): string[] {
  return [
    // Since when the number is linked: what is older is history, not news.
    `alter table instances add column linked_at ${integer}`,

    // 1 while Baileys has not done what the row asks of it: keys, mappings, history. Done anew after a crash.
    `alter table inbox add column own_work ${integer} not null default 0`,
    `create index inbox_own_work on inbox (instance_id, seq) where own_work = 1`,

    // state has one word more: undecryptable, which the drain takes like decided.
    `drop index inbox_open`,
    `create index inbox_open on inbox (instance_id, seq) where state in ('undecided', 'decided', 'undecryptable')`,
    `create index inbox_parked on inbox (instance_id, seq) where state = 'parked'`,

    // One message that came without its content. state: waiting | resolved | lost. seq: the inbox row that came last.
    // chat_jid and sender_jid are as the wire has them: the phone is asked by them.
    `create table placeholders (
      instance_id ${integer} not null,
      chat_id ${integer} not null,
      message_id text not null,
      from_me ${integer} not null,
      seq ${integer} not null,
      chat_jid text not null,
      sender_jid text not null,
      reason text not null,
      state text not null,
      asked ${integer} not null,
      received_at ${integer} not null,
      settled_at ${integer},
      primary key (instance_id, chat_id, message_id, from_me)
    )`,
    `create index placeholders_waiting on placeholders (instance_id, received_at) where state = 'waiting'`,

    // WhatsApp announced more than it delivered. state: open | closed.
    `create table gaps (
      id ${identity},
      instance_id ${integer} not null,
      kind text not null,
      announced ${integer} not null,
      received ${integer} not null,
      recovered ${integer} not null,
      asked ${integer} not null,
      state text not null,
      detected_at ${integer} not null,
      closed_at ${integer}
    )`,
    `create index gaps_by_instance on gaps (instance_id, id)`,
  ];
}
