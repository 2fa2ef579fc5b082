import { whyHeadersRefused } from '../webhooks/request-headers.ts';
import { aliveSecrets } from '../webhooks/signing-secret.ts';
import type { WebhookSecrets } from '../webhooks/webhook.ts';
import type { Unsendable } from './attempt-result.ts';
import type { WebhookRequest } from './webhook-request.ts';
import { isSigningSecret, signatureOf } from './signature.ts';
import type { Target } from './target.ts';

/** Everything of a request before its body, signed for `nowMs` (since 1970). Only for secrets that can be sent. */
export function requestHead(request: WebhookRequest, target: Target, nowMs: number): string {
  const { body, eventId, attempt, secrets, isReplay } = request;
  return (
    `${target.requestStart}Content-Length: ${body.length}\r\n` +
    `webhook-id: ${eventId}\r\nwebhook-attempt: ${attempt}\r\n` +
    `${signatureLines(request, nowMs)}${isReplay ? 'webhook-replay: true\r\n' : ''}${headerLines(secrets)}\r\n`
  );
}

/** Why requests with these secrets can never be sent; null when they can. Settings are checked when they are set, too. */
export function whySecretsUnsendable(secrets: WebhookSecrets): Unsendable | null {
  if (headerLines(secrets) === null)
    return unsendable('invalid_header', 'a header of its own cannot be sent');
  if (secrets.signing.every(isSigningSecret)) return null;
  return unsendable('invalid_secret', 'a signing secret is not whsec_ and base64');
}

function unsendable(reason: Unsendable['reason'], detail: string): Unsendable {
  return { outcome: 'unsendable', reason, detail };
}

function signatureLines({ eventId, body, secrets }: WebhookRequest, nowMs: number): string {
  const signing = aliveSecrets(secrets.signing, nowMs);
  if (signing.length === 0) return '';
  const timestampS = Math.floor(nowMs / 1000);
  const signature = signatureOf({ id: eventId, timestampS, body }, signing);
  return `webhook-timestamp: ${timestampS}\r\nwebhook-signature: ${signature}\r\n`;
}

const lines = new WeakMap<WebhookSecrets, string | null>();

/** The webhook's own headers as they are sent; null when one cannot be. */
function headerLines(secrets: WebhookSecrets): string | null {
  let text = lines.get(secrets);
  if (text !== undefined) return text;
  const { headers } = secrets;
  const each = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  text = whyHeadersRefused(headers) === null ? each.join('') : null;
  lines.set(secrets, text);
  return text;
}
