import type { MessageData } from './events.ts';
import {
  eventsQuery,
  followEvents,
  readEvents,
  type EventsPage,
  type Following,
  type PulledEvent,
  type PulledEvents,
} from './pull-events.ts';
import { instancePath, type InstanceId } from './instance-path.ts';
import { MediaCalls } from './media-calls.ts';
import { part, request, result, type ApiRequest, type ClientOptions } from './request.ts';
import {
  isReplay,
  isReplays,
  queryOf,
  type DeliveryFilter,
  type ReplayResource,
  type ReplaySelection,
} from './replays.ts';
import {
  isClientStatus,
  isDeliveries,
  isDeliveryWithBody,
  isInstance,
  isInstances,
  isMe,
  isMessage,
  isNumber,
  isPairingCode,
  isQr,
  isRecord,
  type ClientStatus,
  type DeliveryResource,
  type DeliveryWithBody,
  type InstanceResource,
  type InstanceSettings,
  type Me,
  type MessageToSend,
} from './resources.ts';
import { WebhookCalls } from './webhook-calls.ts';

export type { InstanceId } from './instance-path.ts';

/** Calls a gateway's HTTP API. Every method throws `ApiError` when what was asked for was not done. */
export class Client {
  /** The webhooks of an instance: several, each with settings and a signing secret. */
  readonly webhooks: WebhookCalls;
  /** Files: to send one, and to get the one of a message. */
  readonly media: MediaCalls;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.webhooks = new WebhookCalls(options);
    this.media = new MediaCalls(options);
  }

  /** By id, oldest first. `filter` is an id or a part of a name. */
  async listInstances(filter?: string): Promise<InstanceResource[]> {
    const query = filter === undefined ? '' : `?filter=${encodeURIComponent(filter)}`;
    return part(await this.#call('GET', `/instances${query}`), 'instances', isInstances);
  }

  /** Makes an instance and starts it. Its QR code comes a few seconds later. */
  async createInstance(settings: InstanceSettings = {}): Promise<InstanceResource> {
    return part(await this.#call('POST', '/instances', settings), 'instance', isInstance);
  }

  async getInstance(id: InstanceId): Promise<InstanceResource> {
    return part(await this.#call('GET', instancePath(id)), 'instance', isInstance);
  }

  /** Sets the name, the webhook's URL and its events. What is left out stays as it is. */
  async updateInstance(id: InstanceId, settings: InstanceSettings): Promise<ClientStatus> {
    return part(await this.#call('PUT', instancePath(id), settings), 'data', isClientStatus);
  }

  /** Removes the instance and everything that belongs to it, deliveries that wait included. */
  async deleteInstance(id: InstanceId): Promise<void> {
    await this.#call('DELETE', instancePath(id));
  }

  async clientStatus(id: InstanceId): Promise<ClientStatus> {
    return part(await this.#call('GET', `${instancePath(id)}/client/status`), 'clientStatus', isClientStatus);
  }

  /** The QR code to scan, as the data URL of a PNG. Throws `action_failed` unless the status is `qr`. */
  async qr(id: InstanceId): Promise<string> {
    return result(await this.#call('GET', `${instancePath(id)}/client/qr`), 'qrCode', isQr).qr_code;
  }

  /** The account that is linked. Throws `action_failed` when none is. */
  async me(id: InstanceId): Promise<Me> {
    return result(await this.#call('GET', `${instancePath(id)}/client/me`), 'me', isMe);
  }

  /**
   * Sends a text. Resolves with the message when WhatsApp has taken it (`ack: 1`), or after 10 seconds with `ack: 0`.
   * After `unreachable` it may have been sent: call again with the same `idempotencyKey`, and it is sent once.
   */
  async sendMessage(id: InstanceId, message: MessageToSend, idempotencyKey?: string): Promise<MessageData> {
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return result(await this.#action(id, 'send-message', message, headers), 'data', isMessage);
  }

  /** Unlinks the number. */
  async logout(id: InstanceId): Promise<void> {
    result(await this.#action(id, 'logout'), 'data', isAnything);
  }

  /** Closes the connection to WhatsApp and opens a new one. */
  async reboot(id: InstanceId): Promise<void> {
    result(await this.#action(id, 'reboot'), 'data', isAnything);
  }

  /** A code to type on the phone instead of scanning. `phoneNumber` is digits only. At most twice a minute. */
  async requestPairingCode(id: InstanceId, phoneNumber: string): Promise<string> {
    const answer = await this.#action(id, 'request-pairing-code', { phoneNumber });
    return result(answer, 'data', isPairingCode).pairingCode;
  }

  /**
   * One page of what became of the events that the instance's webhooks were owed, newest first. With a filter that lets
   * few through it may be short and not be the last: `allDeliveries` goes on.
   */
  async deliveries(id: InstanceId, filter: DeliveryFilter = {}): Promise<DeliveryResource[]> {
    return (await this.#deliveryPage(id, filter)).deliveries;
  }

  /** The same, page after page as long as somebody takes them. */
  async *allDeliveries(id: InstanceId, filter: DeliveryFilter = {}): AsyncGenerator<DeliveryResource> {
    for (let before: number | null | undefined = filter.before; before !== null;) {
      const at = before === undefined ? {} : { before };
      const page = await this.#deliveryPage(id, { ...filter, ...at });
      yield* page.deliveries;
      before = page.next;
    }
  }

  /** One delivery, with the body that is sent. */
  async delivery(id: InstanceId, deliveryId: number): Promise<DeliveryWithBody> {
    return part(
      await this.#call('GET', `${instancePath(id)}/deliveries/${deliveryId}`),
      'delivery',
      isDeliveryWithBody,
    );
  }

  /** Sends a parked delivery after all. */
  async releaseDelivery(id: InstanceId, deliveryId: number): Promise<DeliveryWithBody> {
    const path = `${instancePath(id)}/deliveries/${deliveryId}/release`;
    return part(await this.#call('POST', path), 'delivery', isDeliveryWithBody);
  }

  /** Sends all parked deliveries of a webhook after all; resolves with how many. */
  async releaseDeliveries(id: InstanceId, webhookId: number): Promise<number> {
    const path = `${instancePath(id)}/deliveries/release`;
    return part(await this.#call('POST', path, { webhookId }), 'released', isNumber);
  }

  /** Sends events once more, beside the live ones. Its deliveries are made afterwards: ask `getReplay` how far it is. */
  async createReplay(id: InstanceId, selection: ReplaySelection): Promise<ReplayResource> {
    return part(await this.#call('POST', `${instancePath(id)}/replays`, selection), 'replay', isReplay);
  }

  /** Newest first; older ones `before` an id. */
  async listReplays(
    id: InstanceId,
    page: { limit?: number; before?: number } = {},
  ): Promise<ReplayResource[]> {
    return part(await this.#call('GET', `${instancePath(id)}/replays${queryOf(page)}`), 'replays', isReplays);
  }

  async getReplay(id: InstanceId, replayId: number): Promise<ReplayResource> {
    return part(await this.#call('GET', `${instancePath(id)}/replays/${replayId}`), 'replay', isReplay);
  }

  /** It makes no more deliveries, and those that wait are dropped. */
  async cancelReplay(id: InstanceId, replayId: number): Promise<ReplayResource> {
    return part(await this.#call('DELETE', `${instancePath(id)}/replays/${replayId}`), 'replay', isReplay);
  }

  async #deliveryPage(id: InstanceId, filter: DeliveryFilter) {
    const answer = await this.#call('GET', `${instancePath(id)}/deliveries${queryOf(filter)}`);
    const { next } = part(answer, 'links', isRecord);
    const before = typeof next === 'string' ? new URL(next).searchParams.get('before') : null;
    return {
      deliveries: part(answer, 'deliveries', isDeliveries),
      next: before === null ? null : Number(before),
    };
  }

  /**
   * Events of an instance, oldest first, whether a webhook wants them or not. Go on with the answer's `cursor` as
   * `after`.
   */
  async events(id: InstanceId, page: EventsPage = {}): Promise<PulledEvents> {
    const path = `${instancePath(id)}/events${eventsQuery(page)}`;
    const waitMs = (page.wait ?? 0) * 1000;
    return readEvents(await request(this.#options, { method: 'GET', path, waitMs, signal: page.signal }));
  }

  /**
   * The events of an instance as they come, in their order, until the signal ends it. A gateway that cannot be reached is
   * asked again after a pause. To go on after a restart, keep the `id` of the last event that you handled, and give it
   * as `after`: an event comes again when you handled it and did not keep its id.
   *
   * Throws `ApiError` for what no repetition mends, such as `not_found`.
   */
  followEvents(id: InstanceId, following: Following = {}): AsyncGenerator<PulledEvent, void, undefined> {
    return followEvents((page) => this.events(id, page), following);
  }

  async #action(id: InstanceId, name: string, body: object = {}, headers: Record<string, string> = {}) {
    const path = `${instancePath(id)}/client/action/${name}`;
    return request(this.#options, { method: 'POST', path, body, headers });
  }

  async #call(method: ApiRequest['method'], path: string, body?: object): Promise<unknown> {
    return request(this.#options, { method, path, ...(body === undefined ? {} : { body }) });
  }
}
function isAnything(_value: unknown): _value is unknown {
  return true;
}
