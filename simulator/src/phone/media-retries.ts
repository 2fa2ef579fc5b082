import type { Account } from '../account.ts';
import { mediaOf } from '../content/media-of.ts';
import { findMessage } from '../find-message.ts';
import { parseJid } from '../jid.ts';
import { openRetry, sealRetry } from '../media/media-retry.ts';
import type { Network } from '../network.ts';
import type { PhoneMessages } from './messages.ts';
import { proto } from '../stanza/codec.ts';
import type { Stanza } from '../stanza/codec.ts';
import { bytesOf, child, node } from '../stanza/node.ts';

interface MediaRetryDependencies {
  readonly phone: { readonly account: Account; readonly answersMediaRetries: boolean };
  readonly network: Network;
  readonly messages: PhoneMessages;
}

const { SUCCESS, NOT_FOUND, DECRYPTION_ERROR } = proto.MediaRetryNotification.ResultType;

/**
 * What a handset does when a linked device finds that a file has expired: it uploads its own copy again, and tells where.
 * It has a copy of everything that was ever on the media host, until it loses it.
 */
export class PhoneMediaRetries {
  readonly #phone: MediaRetryDependencies['phone'];
  readonly #network: Network;
  readonly #messages: PhoneMessages;
  readonly #lost = new Set<string>();

  constructor({ phone, network, messages }: MediaRetryDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#messages = messages;
  }

  /** The handset no longer has the file of this message. */
  lose(id: string): void {
    this.#lost.add(this.#messages.withId(id).id);
  }

  /** Takes `<receipt type="server-error">` of a device of our own account. */
  take(receipt: Stanza): void {
    const device = this.#network.directory.device(receipt.attrs['from']);
    if (device?.account !== this.#phone.account || !this.#phone.answersMediaRetries) return;
    const { id = '', from } = receipt.attrs;
    const own = this.#phone.account.jid(parseJid(from)?.addressing ?? 'pn');
    const attributes = { id, type: 'mediaretry', from: own, t: this.#network.now() };
    const rmr = child(receipt, 'rmr');
    const content = [node('rmr', rmr?.attrs), this.#answer(id, rmr, child(receipt, 'encrypt'))];
    device.deliver(node('notification', attributes, content));
  }

  /** `<error code>`, or `<encrypt>` with the new path. */
  #answer(id: string, rmr: Stanza | undefined, encrypt: Stanza | undefined): Stanza {
    const media = this.#mediaOf(id, rmr);
    const mediaKey = media?.fields.mediaKey;
    const copy = media && !this.#lost.has(id) ? this.#network.media.find(media.fields) : undefined;
    if (!media || !mediaKey || !copy) return failure(NOT_FOUND);
    if (!isAskedFor(id, mediaKey, encrypt)) return failure(DECRYPTION_ERROR);
    const { directPath } = this.#network.media.put(media.type, copy.bytes);
    return sealed(mediaKey, id, directPath);
  }

  #mediaOf(id: string, rmr: Stanza | undefined) {
    const { jid, from_me: fromMe, participant } = rmr?.attrs ?? {};
    const { account } = this.#phone;
    const key = { id, fromMe: fromMe === 'true', remoteJid: jid ?? null, participant: participant ?? null };
    return mediaOf(findMessage(this.#network.directory, account, this.#messages, key)?.content);
  }
}

function isAskedFor(id: string, mediaKey: Uint8Array, encrypt: Stanza | undefined): boolean {
  const [ciphertext, iv] = [bytesOf(child(encrypt, 'enc_p')), bytesOf(child(encrypt, 'enc_iv'))];
  if (!ciphertext || !iv) return false;
  try {
    return proto.ServerErrorReceipt.decode(openRetry(mediaKey, id, { ciphertext, iv })).stanzaId === id;
  } catch {
    return false;
  }
}

function sealed(mediaKey: Uint8Array, id: string, directPath: string): Stanza {
  const notification = { stanzaId: id, directPath, result: SUCCESS };
  const plaintext = proto.MediaRetryNotification.encode(notification).finish();
  const { ciphertext, iv } = sealRetry(mediaKey, id, plaintext);
  return node('encrypt', {}, [node('enc_p', {}, ciphertext), node('enc_iv', {}, iv)]);
}

function failure(code: proto.MediaRetryNotification.ResultType): Stanza {
  return node('error', { code: String(code) });
}
