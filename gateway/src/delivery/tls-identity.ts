import { createHash } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { certificatesIn } from '../webhooks/pem.ts';
import type { WebhookOptions, WebhookSecrets } from '../webhooks/webhook.ts';

/** How a webhook wants TLS, where it differs from the usual: whom it trusts, and what we show. */
export interface TlsIdentity {
  /** The same for the same wishes only; it says nothing of them. */
  readonly key: string;
  readonly verifyTls: boolean;
  /** null: what it was given cannot be used. */
  readonly context: SecureContext | null;
}

type Wishes = Pick<WebhookOptions, 'ca' | 'verifyTls'> & Pick<WebhookSecrets, 'client'>;

const known = new WeakMap<WebhookOptions, WeakMap<WebhookSecrets, TlsIdentity>>();

/** The TLS identity of a webhook, made once for its settings; null for the usual one. */
export function tlsIdentityOf(options: WebhookOptions, secrets: WebhookSecrets): TlsIdentity | null {
  if (options.verifyTls && options.ca === null && secrets.client === null) return null;
  let ofOptions = known.get(options);
  if (!ofOptions) known.set(options, (ofOptions = new WeakMap()));
  let identity = ofOptions.get(secrets);
  if (!identity) {
    ofOptions.set(secrets, (identity = newIdentity({ ...options, client: secrets.client })));
  }
  return identity;
}

function newIdentity({ ca, verifyTls, client }: Wishes): TlsIdentity {
  const parts = [ca, verifyTls, client?.certificate ?? null, client?.key ?? null];
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('base64');
  return { key, verifyTls, context: contextOf({ ca, client }) };
}

function contextOf({ ca, client }: Omit<Wishes, 'verifyTls'>): SecureContext | null {
  try {
    // OpenSSL passes over what it cannot read, and would trust nobody.
    if (ca !== null && certificatesIn(ca) === null) return null;
    return createSecureContext({
      ...(ca === null ? {} : { ca }),
      ...(client === null ? {} : { cert: client.certificate, key: client.key }),
    });
  } catch {
    return null;
  }
}
