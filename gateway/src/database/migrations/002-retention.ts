/**
 * Where the old rows of a table are whose key does not grow with time. Each index holds one number and is appended to at
 * its end, which costs less than any other index of its table. The other tables are swept along their keys.
 */
export function retention(): string[] {
  return [
    `create index event_identities_by_time on event_identities (recorded_at)`,
    `create index messages_by_time on messages (timestamp_s)`,
    `create index outgoing_settled on outgoing (settled_at) where settled_at is not null`,
  ];
}
