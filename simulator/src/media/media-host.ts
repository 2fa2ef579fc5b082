import { createServer } from 'node:https';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keepOpen } from '../keep-open.ts';
import { createLocalCertificates } from './certificates.ts';
import { answerDownload } from './download.ts';
import type { MediaStore } from './media-store.ts';
import { answerUpload } from './upload.ts';

/** Serves the files of the store over HTTPS on 127.0.0.1, as WhatsApp's media hosts do. */
export class MediaHost {
  /** PEM of the authority that clients must trust. */
  readonly authority: string;
  readonly #store: MediaStore;
  readonly #server: Server;

  constructor(store: MediaStore) {
    const { authority, certificate, key } = createLocalCertificates();
    this.authority = authority;
    this.#store = store;
    this.#server = createServer({ key, cert: certificate }, (request, response) =>
      answer(store, request, response),
    );
    keepOpen(this.#server);
  }

  /** Resolves when it listens; 0 takes a free port. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    this.#store.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection; resolves when the port is free. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

function answer(store: MediaStore, request: IncomingMessage, response: ServerResponse): void {
  const { method, url = '/' } = request;
  if (!URL.canParse(url, 'https://host')) response.writeHead(400).end();
  else if (method === 'POST') answerUpload(store, request, response);
  else if (method === 'GET' || method === 'HEAD') answerDownload(store, url, request.headers.range, response);
  else response.writeHead(405, { allow: 'GET, HEAD, POST' }).end();
}
