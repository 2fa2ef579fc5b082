import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isEvent, parseWebhook } from '@eazewa/sdk';

/** A small receiver of the demo's own, for the two events that tell how linking goes. */
export interface LinkWatcher extends AsyncDisposable {
  readonly url: string;
  /** The text of the first QR code. */
  readonly qr: Promise<string>;
  readonly ready: Promise<void>;
}

export async function startLinkWatcher(): Promise<LinkWatcher> {
  const path = `/${randomBytes(16).toString('hex')}`;
  const qr = Promise.withResolvers<string>();
  const ready = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const take = async () => {
      const body = parseWebhook(await text(request));
      if (request.url !== path) return 404;
      if (isEvent(body, 'qr')) qr.resolve(body.data.qr);
      if (isEvent(body, 'ready')) ready.resolve();
      return 200;
    };
    take().then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    qr: qr.promise,
    ready: ready.promise,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
