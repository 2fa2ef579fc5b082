import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { MediaUnavailable } from './media-unavailable.ts';

/** Where WhatsApp keeps files. */
export interface MediaHost {
  /** A name, perhaps with `:port`. */
  readonly host: string;
  /** Certificates of the authority that the host's is checked with; the usual ones when null. */
  readonly ca: string | null;
}

/** Asks a media server for an encrypted file. */
export type RequestMedia = (
  path: string,
  host: string | null,
  signal: AbortSignal,
) => Promise<IncomingMessage>;

/** A server that sends nothing for so long does not answer. */
const silenceMs = 20_000;

/**
 * Requests to the media server, over connections that are kept; more than `connectionsMax` at once wait for each other. The answer is there when the server has the file.
 * Redirects are not followed: the server that WhatsApp's clients ask makes none.
 */
export function createMediaRequests(
  { host, ca }: MediaHost,
  connectionsMax: number,
): RequestMedia & { close(): void } {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connectionsMax,
    timeout: silenceMs,
    ...(ca === null ? {} : { ca }),
  });
  const ask: RequestMedia = (path, otherHost, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { hostname, port } = new URL(`https://${otherHost ?? host}`);
    // The origin of WhatsApp Web, as Baileys sends it.
    const options = { hostname, port, path, agent, signal, headers: { origin: 'https://web.whatsapp.com' } };
    const send = () => {
      let isAnswered = false;
      const asking = request(options, (answer) => {
        isAnswered = true;
        const fault = faultOf(answer.statusCode ?? 0);
        if (fault === null) return resolve(answer);
        answer.destroy();
        reject(fault);
      });
      asking.on('timeout', () => asking.destroy(new Error('nothing came for too long')));
      asking.on('error', (error) => {
        if (asking.reusedSocket && !isAnswered && isCut(error)) send();
        else reject(unreachable(error));
      });
      asking.end();
    };
    send();
    return promise;
  };
  return Object.assign(ask, { close: () => agent.destroy() });
}

/** A server may end a connection that was kept in the moment in which it is used again: it has not seen the request. */
function isCut(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

/** A failure of the network, before or within an answer. */
export function unreachable(cause: unknown): MediaUnavailable {
  return cause instanceof MediaUnavailable
    ? cause
    : new MediaUnavailable('unreachable', undefined, { cause });
}

function faultOf(status: number): MediaUnavailable | null {
  if (status === 200) return null;
  if (status === 404 || status === 410) return new MediaUnavailable('gone');
  return new MediaUnavailable('unreachable', `WhatsApp's media server answered with ${status}.`);
}
