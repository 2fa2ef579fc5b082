import type { Dialect } from './dialect.ts';

/** Files inside the bodies of webhooks that want them there. */
export function media({ integer, bytes }: Dialect): string[] {
  return [
    // wanted: its body gets the file, or goes without, before its first attempt. inline: it has a body of its own. none:
    // it goes without for good. null: it never wanted one; its body is the event's, as with none.
    `alter table deliveries add column media text`,
    `create table delivery_bodies (
      delivery_id ${integer} primary key,
      body ${bytes} not null
    )`,
  ];
}
