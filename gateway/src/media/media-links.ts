import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { MediaLinkData } from '@eazewa/sdk/events';

/** What a link names, as it stands in the request. */
export interface LinkRequest {
  readonly instanceId: string;
  /** The `_serialized` id of the message. */
  readonly messageId: string;
  readonly expires: string;
  readonly signature: string;
}

/** Links to the files of messages, which need no token, and end. */
export interface MediaLinks {
  /** A link that works from now on for the time that the setting says. `base` is where the gateway is reached. */
  make(base: string, instanceId: number, messageId: string): MediaLinkData;
  /** What a link is worth: its signature is looked at first, so that nobody learns of links that he does not have. */
  check(request: LinkRequest): 'good' | 'forged' | 'expired';
}

/**
 * @param secretKey the gateway's; the links' own key is derived from it. With another one the links of before are
 *   forged.
 */
export function createMediaLinks(secretKey: Uint8Array, lifetimeMs: number, nowMs: () => number): MediaLinks {
  const key = Buffer.from(hkdfSync('sha256', secretKey, new Uint8Array(0), 'eazeWA media links', 32));
  const sign = (instanceId: string, messageId: string, expires: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([instanceId, messageId, expires]))
      .digest();

  return {
    make(base, instanceId, messageId) {
      const expiresAt = Math.floor((nowMs() + lifetimeMs) / 1000);
      const signature = sign(String(instanceId), messageId, String(expiresAt)).toString('base64url');
      const path = `/media/${instanceId}/${encodeURIComponent(messageId)}`;
      return { url: `${base}${path}?expires=${expiresAt}&signature=${signature}`, expiresAt };
    },
    check({ instanceId, messageId, expires, signature }) {
      const given = Buffer.from(signature, 'base64url');
      const right = sign(instanceId, messageId, expires);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return 'forged';
      return Number(expires) * 1000 < nowMs() ? 'expired' : 'good';
    },
  };
}
