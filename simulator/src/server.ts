import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { CompanionKeys } from './companion.ts';
import { Connection } from './connection.ts';
import { answer } from './iq/answer.ts';
import { keepOpen } from './keep-open.ts';
import { Linking } from './linking.ts';
import type { QrOptions } from './linking.ts';
import { logIn, LoginRefusals } from './login.ts';
import { MediaHost } from './media/media-host.ts';
import { Network } from './network.ts';
import { createCertificateAuthority } from './noise/index.ts';
import type { ClientFinish } from './noise/index.ts';
import { generateKeyPair } from './signal/index.ts';
import { dispatch } from './stanza/dispatch.ts';
import type { Stanza } from './stanza/codec.ts';

/** The WebSocket endpoint and all that is behind it. */
export class WhatsAppServer {
  readonly network = new Network();
  readonly refusals = new LoginRefusals();
  readonly linking: Linking;
  readonly staticKeyPair = generateKeyPair();
  readonly rootPublicKey: Uint8Array;
  readonly certificateChain: Uint8Array;
  readonly mediaHost = new MediaHost(this.network.media);
  readonly #connections = new Set<Connection>();
  readonly #http: Server = createServer((request, response) => this.#servePicture(request, response));
  readonly #unanswered = new Set<Socket>();
  readonly #sockets = new WebSocketServer({
    server: this.#http,
    path: '/ws/chat',
    perMessageDeflate: false,
    verifyClient: ({ req }, admit) => this.#answerUpgrade(req.socket, () => admit(true)),
  });

  constructor(qr: QrOptions) {
    this.linking = new Linking(this.network, qr);
    const authority = createCertificateAuthority();
    this.rootPublicKey = authority.rootPublicKey;
    this.certificateChain = authority.issueChain(this.staticKeyPair.publicKey);
    keepOpen(this.#http);
    this.#sockets.on('connection', (socket) => this.#connections.add(new Connection(socket, this)));
  }

  /** Listens on 127.0.0.1, the media host on a port of its own; resolves with the port. */
  async listen(port: number): Promise<number> {
    await this.mediaHost.listen(0);
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, '127.0.0.1', () => {
        const address = this.#http.address() as AddressInfo;
        this.network.httpUrl = `http://127.0.0.1:${address.port}`;
        resolve(address.port);
      });
    });
  }

  /** Pictures of profiles are public; everything else is for WebSockets. */
  #servePicture(request: IncomingMessage, response: ServerResponse): void {
    const id = /^\/pictures\/(\d+)$/.exec(request.url ?? '')?.[1];
    if (id === undefined) return void response.writeHead(426).end();
    const picture = this.network.directory.all().find((account) => account.picture?.id === id)?.picture;
    if (picture) response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture.bytes);
    else response.writeHead(404).end();
  }

  #answerUpgrade(socket: Socket, admit: () => void): void {
    if (!this.network.stalls.holds('upgrade')) return admit();
    this.#unanswered.add(socket);
    socket.once('close', () => this.#unanswered.delete(socket));
  }

  admit(connection: Connection, client: ClientFinish): void {
    logIn(this, connection, client);
  }

  handle(connection: Connection, stanza: Stanza): void {
    dispatch(this, connection, stanza);
  }

  answer(connection: Connection, iq: Stanza): void {
    answer(this, connection, iq);
  }

  offerLink(connection: Connection, registration: CompanionKeys): void {
    connection.registration = registration;
    this.linking.begin(connection, registration);
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection);
    this.linking.end(connection);
    const { companion } = connection;
    companion?.leave(connection);
    if (companion?.isConnected === false) this.network.presences.show(companion, false);
    if (companion) this.network.emit('connection', companion.account);
  }

  /** Cuts every connection as a network failure would. */
  dropAll(): void {
    for (const connection of this.#connections) connection.end('tcp-drop');
    for (const socket of this.#unanswered) socket.destroy();
  }

  /** Stops listening and cuts every connection; resolves when the ports are free. */
  async stop(): Promise<void> {
    this.dropAll();
    this.#sockets.close();
    await this.mediaHost.stop();
    return new Promise((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }
}
