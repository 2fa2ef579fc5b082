import assert from 'node:assert/strict';
import type { EventBody, EventBodyOf, EventData, EventName, MessageData } from '@eazewa/sdk/events';
import type { ReceivedRequest, Receiver } from '../../src/delivery/testing/receiver.ts';
import type { Api, ApiAnswer } from './api.ts';
import { until } from './until.ts';

/** One row of the list of deliveries. */
export interface DeliveryRow {
  readonly id: number;
  readonly event: string;
  readonly eventId: string;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: readonly {
    readonly number: number;
    readonly count: number;
    readonly outcome: string;
    readonly status: number | null;
    readonly reason: string | null;
    readonly firstAt: number;
    readonly lastAt: number;
  }[];
}

/** An instance as its owner's programs see it: by the API, and by what its webhook receives. */
export class TestInstance {
  readonly id: number;
  /** Its own path at the receiver. */
  readonly path: string;
  readonly hook: string;
  readonly #api: Api;
  readonly #receiver: Receiver;

  constructor({ api, receiver }: { readonly api: Api; readonly receiver: Receiver }, id: number) {
    this.id = id;
    this.path = `/hook/${id}`;
    this.hook = receiver.url.replace('/hook', this.path);
    this.#api = api;
    this.#receiver = receiver;
  }

  /** Calls the API below this instance. */
  call(method: string, path = '', body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer> {
    return this.#api(method, `/instances/${this.id}${path}`, body, headers);
  }

  /** An action; its inner envelope. */
  async act(action: string, body: object = {}): Promise<Record<string, unknown>> {
    const answer = await this.call('POST', `/client/action/${action}`, body);
    return answer.body['data'] as Record<string, unknown>;
  }

  /** "Update Instance". */
  async setWebhook(webhook: { url?: string | null; events?: readonly string[] }): Promise<void> {
    const { status, body } = await this.call('PUT', '', { webhook });
    assert.equal(status, 200, JSON.stringify(body));
  }

  async status(): Promise<string> {
    const { body } = await this.call('GET', '/client/status');
    return (body['clientStatus'] as { instanceStatus: string }).instanceStatus;
  }

  async untilStatus(word: string): Promise<void> {
    await until(async () => (await this.status()) === word);
  }

  /** What its webhook got at its own path, in the order of arrival. */
  requests(event?: EventName): ReceivedRequest[] {
    return this.#receiver.requests.filter(
      ({ path, body }) => path === this.path && (event === undefined || body?.event === event),
    );
  }

  /** The data of all events of that name. */
  data<Name extends EventName>(event: Name): EventData[Name][] {
    return this.requests(event).map(({ body }) => (body as unknown as EventBody).data as EventData[Name]);
  }

  /** The texts of all `message` events. */
  texts(): string[] {
    return this.data('message').map(({ message }) => message.body);
  }

  /** Resolves with the data of the nth event of that name, counted from 1. */
  async nth<Name extends EventName>(event: Name, nth: number): Promise<EventData[Name]> {
    await this.#receiver.until(() => this.requests(event).length >= nth);
    return this.data(event)[nth - 1]!;
  }

  /** Resolves with the first body of that event, present or to come, whose data fits. */
  async body<Name extends EventName>(
    event: Name,
    fits: (data: EventData[Name]) => boolean = () => true,
  ): Promise<EventBody & EventBodyOf<Name>> {
    const find = () =>
      this.requests(event)
        .map(({ body }) => body as unknown as EventBody & EventBodyOf<Name>)
        .find(({ data }) => fits(data));
    await this.#receiver.until(() => find() !== undefined);
    return find()!;
  }

  /** The newest QR code that its webhook was told, as text. */
  async qr(nth = 1): Promise<string> {
    return (await this.nth('qr', nth)).qr;
  }

  /** Resolves once the webhook has a `message` with that text. */
  async message(text: string): Promise<MessageData> {
    await this.#receiver.until(() => this.texts().includes(text));
    return this.data('message').find(({ message }) => message.body === text)!.message;
  }

  /** Lifecycle events in short: `qr`, `loading_screen 50`, `change_state OPENING`, `disconnected LOGOUT`. */
  story(): string[] {
    return this.requests().flatMap(({ body }) => inShort(body as unknown as EventBody));
  }

  /** Resolves with the story once it ends with that. */
  async storyTo(last: string): Promise<string[]> {
    await this.#receiver.until(() => this.story().at(-1) === last);
    return this.story();
  }

  /** The list of deliveries, oldest first; only those of one event when it is named. */
  async deliveries(event?: EventName): Promise<DeliveryRow[]> {
    const { body } = await this.call('GET', '/deliveries?limit=100');
    const rows = (body['deliveries'] as DeliveryRow[]).toReversed();
    return rows.filter((row) => event === undefined || row.event === event);
  }
}

function inShort({ event, data }: EventBody): string[] {
  if (event === 'loading_screen') return [`${event} ${data.percent}`];
  if (event === 'change_state') return [`${event} ${data.state}`];
  if (event === 'disconnected') return [`${event} ${data.reason}`];
  return ['qr', 'authenticated', 'auth_failure', 'ready'].includes(event) ? [event] : [];
}

/** A number out of an answer. */
export function numberOf(object: unknown, key: string): number {
  const value = (object as Record<string, unknown>)[key];
  assert.equal(typeof value, 'number');
  return value as number;
}
