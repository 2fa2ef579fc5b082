import type { Config } from '../config.ts';
import type { Database } from '../database/database.ts';
import { ContentDrop, forgetOldRows } from '../inbox/forget-old-rows.ts';
import { forgetOldGaps } from '../inbox/gaps.ts';
import { forgetOldPlaceholders } from '../inbox/placeholders.ts';
import { forgetOldMessages } from '../messages/message-store.ts';
import { forgetOldOutgoing } from '../messages/outgoing-store.ts';
import { forgetOldRecipients } from '../messages/recipient-store.ts';
import { forgetOldDeliveries, forgetOldEvents, forgetOldIdentities } from '../outbox/forget-old-events.ts';
import { forgetOldReplays } from '../outbox/forget-old-replays.ts';
import type { Rule } from './sweeper.ts';

export type Keeping = Pick<
  Config,
  'keepInboxDays' | 'keepEventsDays' | 'keepMessagesDays' | 'keepOutgoingDays'
>;

const dayMs = 24 * 3600 * 1000;

/** A message that WhatsApp delivers again within a day still finds its plaintext; later only its receipt is repeated. */
const contentKeptMs = dayMs;

/** Every table that grows with the load has its rule here. */
export function retentionRules(database: Database, keep: Keeping): Rule[] {
  const content = new ContentDrop(database);
  const inboxMs = keep.keepInboxDays * dayMs;
  const eventsMs = keep.keepEventsDays * dayMs;
  return [
    { what: 'inbox content', keptMs: contentKeptMs, forget: (age) => content.drop(age) },
    { what: 'inbox', keptMs: inboxMs, forget: (age) => forgetOldRows(database, age) },
    { what: 'placeholders', keptMs: inboxMs, forget: (age) => forgetOldPlaceholders(database, age) },
    { what: 'gaps', keptMs: inboxMs, forget: (age) => forgetOldGaps(database, age) },
    { what: 'event_identities', keptMs: inboxMs, forget: (age) => forgetOldIdentities(database, age) },
    { what: 'deliveries', keptMs: eventsMs, forget: (age) => forgetOldDeliveries(database, age) },
    { what: 'events', keptMs: eventsMs, forget: (age) => forgetOldEvents(database, age) },
    { what: 'replays', keptMs: eventsMs, forget: (age) => forgetOldReplays(database, age) },
    {
      what: 'messages',
      keptMs: keep.keepMessagesDays * dayMs,
      forget: (age) => forgetOldMessages(database, age),
    },
    {
      what: 'recipients',
      keptMs: keep.keepMessagesDays * dayMs,
      forget: (age) => forgetOldRecipients(database, age),
    },
    {
      what: 'outgoing',
      keptMs: keep.keepOutgoingDays * dayMs,
      forget: (age) => forgetOldOutgoing(database, age),
    },
  ];
}
