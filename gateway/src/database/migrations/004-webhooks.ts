import type { Dialect } from './dialect.ts';

/** Several webhooks per instance with settings and secrets, what receivers answered, replays, and events by instance. */
export function webhooks({ identity, integer, bytes, hotTables }: Dialect): string[] {
  return [
    // source: who made it; 'instance' is the one of Update Instance. options: JSON of what may be read by anybody.
    // secrets: sealed JSON of what may not.
    `alter table webhooks add column source text not null default 'instance'`,
    `alter table webhooks add column is_active ${integer} not null default 1`,
    `alter table webhooks add column options text not null default '{}'`,
    `alter table webhooks add column secrets ${bytes}`,

    // lane: below 0 for what goes beside the live events: -1 minus the lane that it would have.
    // response: the first bytes of the response that ended it. message_id: of the message that the event is about.
    `alter table deliveries add column body_bytes ${integer} not null default 0`,
    `alter table deliveries add column message_id text`,
    `alter table deliveries add column replay_id ${integer}`,
    `alter table deliveries add column response ${bytes}`,
    `create index deliveries_by_message on deliveries (instance_id, message_id) where message_id is not null`,
    // The few that people look for among the many that were delivered. Conditions as `or`: for a list SQLite makes a
    // table each time that it looks whether a row belongs in the index, with each row written.
    `create index deliveries_unusual on deliveries (instance_id, id)
      where state = 'rejected' or state = 'dropped' or state = 'parked'`,
    // Quotas count the bytes of what waits, or is released to wait again; sizes of the many others would take too long.
    ...[
      "state = 'pending'",
      "(state = 'rejected' or state = 'dropped' or state = 'parked') and state = 'parked'",
    ].map(
      (which) => `update deliveries
        set body_bytes = coalesce((select length(body) from events where events.id = event_id), 0) where ${which}`,
    ),
    `drop index inbox_open`,
    `create index inbox_open on inbox (instance_id, seq)
      where state = 'undecided' or state = 'decided' or state = 'undecryptable'`,
    `create index deliveries_by_replay on deliveries (replay_id, state, id) where replay_id is not null`,
    // Which events are told once more: retention must not take one away that has just been taken up again.
    `create index deliveries_beside on deliveries (event_id) where lane < 0`,
    // By which jids a chat goes.
    `create index chat_aliases_by_chat on chat_aliases (instance_id, chat_id)`,

    // outcome: silence | deferred (a response after which it is sent again). response: the first bytes that came.
    `alter table attempts add column phase text`,
    `alter table attempts add column detail text`,
    `alter table attempts add column status ${integer}`,
    `alter table attempts add column response ${bytes}`,

    // Deliveries that are made anew, page by page. selection: JSON. state: running | done | cancelled. reason: why it
    // was cancelled. cursor: the last that it has looked at, until: where it ends; ids of deliveries, or of events.
    // ended_at is null while there is something to do, also for a cancelled one.
    `create table replays (
      id ${identity},
      instance_id ${integer} not null,
      selection text not null,
      state text not null,
      reason text,
      cursor text not null,
      until text not null,
      made ${integer} not null,
      created_at ${integer} not null,
      ended_at ${integer}
    )`,
    `create index replays_by_instance on replays (instance_id, id)`,
    `create index replays_open on replays (id) where ended_at is null`,

    // Those who fetch events read them in this order.
    `create index events_by_instance on events (instance_id, id)`,

    ...hotTables(['inbox', 'deliveries', 'attempts']),
  ];
}
