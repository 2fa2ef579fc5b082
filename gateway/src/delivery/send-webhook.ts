import type { AttemptResult, Unsendable } from './attempt-result.ts';
import { Attempt } from './attempt.ts';
import { whySecretsUnsendable } from './request-head.ts';
import { targetOf } from './target.ts';
import { tlsIdentityOf } from './tls-identity.ts';
import type { SendOptions, WebhookRequest } from './webhook-request.ts';

/**
 * Makes one attempt: POSTs the body, once, and resolves with what became of it. It never rejects for anything that
 * the network or the receiver does. Redirects are not followed, the body of the response is thrown away.
 */
export function sendWebhook(request: WebhookRequest, options: SendOptions): Promise<AttemptResult> {
  const target = targetOf(request.url);
  if (target === null) return unsendable('invalid_url', 'the URL is not valid');
  const identity = target.isTls ? tlsIdentityOf(request.options, request.secrets) : null;
  if (identity?.context === null) {
    return unsendable('invalid_certificate', 'the authority or the client certificate cannot be read');
  }
  const refusal = whySecretsUnsendable(request.secrets);
  if (refusal !== null) return Promise.resolve(refusal);
  return new Promise((resolve) => {
    new Attempt(request, { target, identity, options }, resolve).start();
  });
}

function unsendable(reason: Unsendable['reason'], detail: string): Promise<Unsendable> {
  return Promise.resolve({ outcome: 'unsendable', reason, detail });
}
