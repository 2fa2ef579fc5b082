import type { Dialect } from './dialect.ts';

/** What is known of groups, and who of many recipients has got an own message. */
export function groups({ integer }: Dialect): string[] {
  return [
    // A group that the number is a member of. Without a row nothing is known, also not that nobody is in it.
    `create table groups (
      instance_id ${integer} not null,
      jid text not null,
      subject text not null,
      primary key (instance_id, jid)
    )`,

    // role: member | admin | superadmin. member: wire jid, the LID when it is known.
    `create table group_members (
      instance_id ${integer} not null,
      group_jid text not null,
      member text not null,
      role text not null,
      primary key (instance_id, group_jid, member)
    )`,

    // How far an own message to many is with each recipient: 1 not confirmed, 2 received, 3 read, 4 played.
    // is_expected: 0 for who confirmed it without having been noted as a recipient.
    `create table recipients (
      instance_id ${integer} not null,
      message_id text not null,
      recipient text not null,
      is_expected ${integer} not null,
      ack ${integer} not null,
      noted_at ${integer} not null,
      primary key (instance_id, message_id, recipient)
    )`,
    `create index recipients_by_age on recipients (noted_at)`,
  ];
}
