import { setTimeout as wait } from 'node:timers/promises';
import type { DeliveryResource } from '@eazewa/sdk';
import type { World } from './world.ts';

/** The gateway's log of an instance, oldest first, once it has at least so many ended deliveries of these events. */
export async function endedDeliveries(
  { client, instanceId, stage }: World,
  events: readonly string[],
  count: number,
): Promise<DeliveryResource[]> {
  for (;;) {
    const deliveries = await client.deliveries(instanceId, { limit: 100 });
    const ended = deliveries.filter(({ event, state }) => events.includes(event) && state !== 'pending');
    if (ended.length >= count) return ended.toReversed();
    await wait(50, undefined, { signal: stage.stopSwitch.signal });
  }
}
