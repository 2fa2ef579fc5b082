import { Type, type Static } from 'typebox';

/** What waits for a webhook. */
export const WebhookBacklog = Type.Object({
  deliveries: Type.Integer(),
  bytes: Type.Integer({ description: 'Of their bodies.' }),
  oldestAt: Type.Union([Type.Integer(), Type.Null()], {
    description: 'When the oldest of them was recorded, or earlier; milliseconds since 1970.',
  }),
  isCounted: Type.Boolean({ description: 'false shortly after a start: more may be waiting.' }),
});
export type WebhookBacklog = Static<typeof WebhookBacklog>;
