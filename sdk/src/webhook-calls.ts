import { instancePath, type InstanceId } from './instance-path.ts';
import { part, request, type ClientOptions } from './request.ts';
import {
  isSecret,
  isTestResult,
  isWebhook,
  isWebhooks,
  type NewWebhook,
  type TestResult,
  type WebhookChanges,
  isBacklog,
  type WebhookBacklog,
  type WebhookResource,
  type WebhookSecret,
} from './webhook-resources.ts';

/** The id of a webhook, or `main` for the one of Update Instance. */
export type WebhookId = number | string;

/** The calls about webhooks: `client.webhooks`. Every method throws `ApiError` when what was asked for was not done. */
export class WebhookCalls {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Those that were subscribed, oldest first; without the one of Update Instance. */
  async list(instance: InstanceId): Promise<WebhookResource[]> {
    return part(await this.#call('GET', pathOf(instance)), 'data', isWebhooks);
  }

  /**
   * Adds a webhook. `secret` is shown this once. When the instance has a webhook with this URL, that one is the answer,
   * unchanged and without `secret`.
   */
  async create(
    instance: InstanceId,
    webhook: NewWebhook,
  ): Promise<WebhookResource & { readonly secret?: string }> {
    return part(await this.#call('POST', pathOf(instance), webhook), 'data', isWebhook);
  }

  async get(instance: InstanceId, id: WebhookId): Promise<WebhookResource> {
    return part(await this.#call('GET', pathOf(instance, id)), 'data', isWebhook);
  }

  /** What waits for it. */
  async backlog(instance: InstanceId, id: WebhookId): Promise<WebhookBacklog> {
    return part(await this.#call('GET', pathOf(instance, id)), 'backlog', isBacklog);
  }

  /** Changes what is given; the rest stays as it is. */
  async update(instance: InstanceId, id: WebhookId, changes: WebhookChanges): Promise<WebhookResource> {
    return part(await this.#call('PUT', pathOf(instance, id), changes), 'data', isWebhook);
  }

  /** Removes it; what waits for it is dropped. `main` stays: set its `url` to null instead. */
  async delete(instance: InstanceId, id: WebhookId): Promise<void> {
    await this.#call('DELETE', pathOf(instance, id));
  }

  /** A new signing secret, shown this once; the one before signs along for 24 hours. */
  async rotateSecret(instance: InstanceId, id: WebhookId): Promise<WebhookSecret> {
    return part(await this.#call('POST', `${pathOf(instance, id)}/secret`), 'data', isSecret);
  }

  /** Requests are not signed any more. */
  async removeSecret(instance: InstanceId, id: WebhookId): Promise<void> {
    await this.#call('DELETE', `${pathOf(instance, id)}/secret`);
  }

  /** Sends the event `webhook.test` and tells what came of it, after 10 seconds at most. */
  async test(instance: InstanceId, id: WebhookId): Promise<TestResult> {
    return part(await this.#call('POST', `${pathOf(instance, id)}/test`), 'data', isTestResult);
  }

  async #call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown> {
    return request(this.#options, { method, path, ...(body === undefined ? {} : { body }) });
  }
}

function pathOf(instance: InstanceId, id?: WebhookId): string {
  const path = `${instancePath(instance)}/webhooks`;
  return id === undefined ? path : `${path}/${encodeURIComponent(id)}`;
}
