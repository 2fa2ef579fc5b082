import type { EventName } from '@eazewa/sdk/events';
import { whyCaRefused, whyClientRefused } from './pem.ts';
import { whyHeadersRefused } from './request-headers.ts';
import type {
  MediaOptions,
  Quota,
  RetryPolicy,
  Webhook,
  WebhookOptions,
  WebhookSecrets,
  WebhookSettings,
} from './webhook.ts';

/** What a caller wants of a webhook, in the words of the API. What is missing stays as it is. */
export interface RequestedChanges {
  readonly url?: string | null;
  readonly events?: readonly EventName[];
  readonly isActive?: boolean;
  /** By name; null removes one. A masked value stays as it is. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly deadlineMs?: number | null;
  readonly ordering?: WebhookOptions['ordering'];
  readonly retryPolicy?: RetryPolicy['policy'];
  readonly retryStatuses?: readonly number[];
  readonly retryMaxAgeMs?: number;
  readonly ratePerSecond?: number | null;
  readonly verifyTls?: boolean;
  readonly ca?: string | null;
  readonly clientCertificate?: string | null;
  readonly clientKey?: string | null;
  readonly quota?: Partial<Quota>;
  readonly media?: Partial<MediaOptions>;
}

/** Stands in answers for a value that is not shown. Sent back, it means: as it is. */
export const mask = '********';

export type Decided =
  | { readonly ok: true; readonly settings: WebhookSettings }
  /** By field, in sentences that show no secret. */
  | { readonly ok: false; readonly problems: Record<string, string[]> };

type Before = Pick<Webhook, 'options' | 'secrets'>;

/** What a request makes of a webhook's settings, or why it cannot. The URL is for somebody else to judge. */
export function decideChanges(before: Before, asked: RequestedChanges): Decided {
  const problems: Record<string, string[]> = {};
  const refuse = (field: string, problem: string) => void (problems[field] = [problem]);
  const retry = retryAfter(before.options.retry, asked, refuse);
  const headers = headersAfter(before.secrets.headers, asked.headers ?? {}, refuse);
  const client = clientAfter(before.secrets.client, asked, refuse);
  if (typeof asked.ca === 'string') {
    const problem = whyCaRefused(asked.ca);
    if (problem !== null) refuse('ca', problem);
  }
  if (Object.keys(problems).length > 0) return { ok: false, problems };
  const { url, events, isActive, deadlineMs, ordering, ratePerSecond, verifyTls, ca, quota, media } = asked;
  const options: Partial<WebhookOptions> = {
    ...said({ deadlineMs, ordering, ratePerSecond, verifyTls, ca }),
    retry,
    quota: { ...before.options.quota, ...said(quota ?? {}) },
    media: { ...before.options.media, ...said(media ?? {}) },
  };
  const settings = { ...said({ url, events, isActive }), options, secrets: { headers, client } };
  return { ok: true, settings };
}

/** Without the keys that have no value. */
function said<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

type Refuse = (field: string, problem: string) => void;

/** What `reliable` repeats unless it is said otherwise, and for how long: too early, too busy, broken for a while. */
const defaultRetry = { statuses: [408, 425, 429, 500, 502, 503, 504], maxAgeMs: 3 * 24 * 3600 * 1000 };

function retryAfter(before: RetryPolicy, asked: RequestedChanges, refuse: Refuse): RetryPolicy {
  const policy = asked.retryPolicy ?? before.policy;
  if (policy === 'eazewa') {
    for (const field of ['retryStatuses', 'retryMaxAgeMs'] as const) {
      if (asked[field] !== undefined) {
        refuse(
          field,
          `${field} is for the retryPolicy "reliable" only: with "eazewa" any response is final.`,
        );
      }
    }
    return { policy };
  }
  const current = before.policy === 'reliable' ? before : defaultRetry;
  const statuses = [...new Set(asked.retryStatuses ?? current.statuses)];
  return { policy, statuses, maxAgeMs: asked.retryMaxAgeMs ?? current.maxAgeMs };
}

function headersAfter(
  before: WebhookSecrets['headers'],
  asked: NonNullable<RequestedChanges['headers']>,
  refuse: Refuse,
): WebhookSecrets['headers'] {
  // By their names in lower case: a header has one value, however its name is written.
  const headers = new Map(Object.entries(before).map((header) => [header[0].toLowerCase(), header]));
  for (const [name, value] of Object.entries(asked)) {
    const key = name.toLowerCase();
    const known = headers.get(key);
    if (value === null) headers.delete(key);
    else if (value !== mask) headers.set(key, [name, value]);
    else if (known) headers.set(key, [name, known[1]]);
    else
      refuse('headers', `There is no header ${JSON.stringify(name.slice(0, 100))} that could stay as it is.`);
  }
  const after = Object.fromEntries(headers.values());
  const problem = whyHeadersRefused(after);
  if (problem !== null) refuse('headers', problem);
  return after;
}

function clientAfter(
  before: WebhookSecrets['client'],
  { clientCertificate, clientKey }: RequestedChanges,
  refuse: Refuse,
): WebhookSecrets['client'] {
  if (clientCertificate === undefined && clientKey === undefined) return before;
  const certificate = clientCertificate === undefined ? before?.certificate : clientCertificate;
  const key = clientKey === undefined || clientKey === mask ? before?.key : clientKey;
  if (certificate === null && (key === null || clientKey === undefined || clientKey === mask)) return null;
  if (key === null && clientCertificate === undefined) return null;
  if (typeof certificate !== 'string') {
    refuse('clientCertificate', 'Give clientCertificate and clientKey together, or null for both.');
  } else if (typeof key !== 'string') {
    refuse('clientKey', 'Give clientCertificate and clientKey together, or null for both.');
  } else {
    const wrong = whyClientRefused(certificate, key);
    if (wrong !== null) refuse(wrong.field, wrong.problem);
    else return { certificate, key };
  }
  return before;
}
