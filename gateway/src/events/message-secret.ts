import { bytesIn } from './content.ts';
import type { MessageContent } from './translation.ts';

/** The secret that a message's content brings; undefined when it brings none. */
export function secretIn(content: MessageContent): Uint8Array | undefined {
  const info = content['messageContextInfo'];
  return typeof info === 'object' && info !== null
    ? bytesIn(info as MessageContent, 'messageSecret')
    : undefined;
}

/** The form in which a message's raw model has its secret: each byte by its place. */
export function secretAsObject(secret: Uint8Array): Readonly<Record<string, number>> {
  return Object.fromEntries(secret.entries());
}
