import type { Sealed } from './change.ts';
import type { ChangeFacts } from './change-facts.ts';
import { openSealed, secretOf, type SecretUse } from './message-secret.ts';
import { wiresOf } from './target.ts';
import type { StoredMessage } from './translation.ts';

/** Decrypts what was encrypted under the secret of the message that it is about, or says why that cannot be. */
export function unseal(
  { payload, iv }: Sealed,
  use: SecretUse,
  { told, target, stored, contacts, own }: ChangeFacts,
): { readonly bytes: Uint8Array; readonly stored: StoredMessage } | { readonly problem: string } {
  if (stored === undefined) return { problem: `the message ${target.id} that it is about is not known` };
  const secret = secretOf(stored.data);
  if (secret === null) return { problem: `the message ${target.id} that it is about has no secret` };
  const { author, from } = stored.data;
  const writers = target.fromMe ? [own.phone] : [target.sender, author ?? from];
  const sender = told.address.fromMe ? own.phone : told.address.sender;
  const bytes = openSealed({
    secret,
    use,
    messageId: target.id,
    writers: [...new Set(writers.flatMap((writer) => wiresOf(writer, contacts)))],
    senders: wiresOf(sender, contacts),
    payload,
    iv,
  });
  return bytes === null
    ? { problem: `the secret of the message ${target.id} does not fit` }
    : { bytes, stored };
}
