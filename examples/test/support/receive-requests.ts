import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A webhook that takes everything with 200 and hands it out: where it is, and its first request. */
export interface RequestReceiver extends AsyncDisposable {
  readonly url: string;
  readonly first: Promise<ReceivedRequest>;
}

export async function receiveRequests(): Promise<RequestReceiver> {
  const { promise: first, resolve } = Promise.withResolvers<ReceivedRequest>();
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      resolve({ headers: request.headers, body });
      response.end();
    });
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    first,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
