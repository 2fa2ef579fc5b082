import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { authority, localhostCertificate, serverKey } from '../../delivery/testing/certificates.ts';

export { authority };

export type Answer = Uint8Array | number | ((request: IncomingMessage, response: ServerResponse) => void);

/** A media server: what it has, by path. Anything else is 404. */
export interface MediaServer {
  readonly host: string;
  readonly has: Map<string, Answer>;
  /** The paths that were asked for. */
  readonly asked: string[];
}

export async function startMediaServer(): Promise<MediaServer> {
  const has = new Map<string, Answer>();
  const asked: string[] = [];
  const server = createServer({ key: serverKey, cert: localhostCertificate }, (request, response) => {
    asked.push(request.url ?? '');
    const answer = has.get(request.url ?? '') ?? 404;
    if (typeof answer === 'function') answer(request, response);
    else if (typeof answer === 'number') response.writeHead(answer).end();
    else response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, has, asked };
}
