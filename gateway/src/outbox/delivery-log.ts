import type { Database } from '../database/database.ts';
import { GatewayError } from '../errors.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import {
  getDelivery,
  listDeliveries,
  type DeliveryList,
  type DeliveryPage,
  type DeliveryWithBody,
} from './list-deliveries.ts';
import { releaseAllParked, releaseParked } from './release-parked.ts';

/** What became of the deliveries, for people to look at, and what they can do about it. */
export interface DeliveryLog {
  list(page: DeliveryPage): Promise<DeliveryList>;
  /** @throws GatewayError `not_found` */
  get(instanceId: number, deliveryId: number): Promise<DeliveryWithBody>;
  /** Has a parked delivery sent after all. @throws GatewayError as `releaseParked` */
  release(instanceId: number, deliveryId: number): Promise<DeliveryWithBody>;
  /** The same for all of a webhook; resolves with how many. @throws GatewayError as `releaseAllParked` */
  releaseAll(instanceId: number, webhookId: number): Promise<number>;
}

export interface DeliveryLogParts {
  readonly database: Database;
  readonly webhook: (id: number) => Webhook | undefined;
  /** Deliveries of this webhook wait that did not before, perhaps: nobody knows that of a commit that failed. */
  readonly onReleased: (webhookId: number) => void;
}

export function createDeliveryLog({ database, webhook, onReleased }: DeliveryLogParts): DeliveryLog {
  async function get(instanceId: number, deliveryId: number): Promise<DeliveryWithBody> {
    const found = await getDelivery(database, instanceId, deliveryId);
    if (!found) throw new GatewayError('not_found', `There is no delivery ${deliveryId}.`);
    return found;
  }
  return {
    list: (page) => listDeliveries(database, page),
    get,
    async release(instanceId, deliveryId) {
      await releaseParked(database, instanceId, deliveryId, webhook, onReleased);
      return get(instanceId, deliveryId);
    },
    async releaseAll(instanceId, webhookId) {
      const found = webhook(webhookId);
      return releaseAllParked(database, found?.instanceId === instanceId ? found : undefined, onReleased);
    },
  };
}
