import type { WebSocket } from 'ws';
import type { Companion, CompanionKeys } from './companion.ts';
import type { DisconnectKind } from './disconnects.ts';
import { disconnects } from './disconnects.ts';
import { connectionHeader, frame, FrameReader } from './frames.ts';
import type { Network } from './network.ts';
import { NoiseResponder } from './noise/index.ts';
import type { ClientFinish } from './noise/index.ts';
import type { KeyPair } from './signal/index.ts';
import { SimulatorError } from './simulator-error.ts';
import { decodeStanza, encodeStanza } from './stanza/codec.ts';
import type { Stanza } from './stanza/codec.ts';

/** What a connection asks of the server behind it. */
export interface ConnectionHost {
  readonly network: Network;
  readonly staticKeyPair: KeyPair;
  readonly certificateChain: Uint8Array;
  /** The handshake is complete: log in, or offer to link. */
  admit(connection: Connection, client: ClientFinish): void;
  handle(connection: Connection, stanza: Stanza): void;
  gone(connection: Connection): void;
}

interface PendingQuery {
  readonly resolve: (answer: Stanza) => void;
  readonly reject: (error: Error) => void;
}

/** One socket of a client: frames, Noise, and stanzas in both directions. */
export class Connection {
  /** The linked device behind this socket, once it has logged in. */
  companion: Companion | undefined;
  /** What a client told about itself that is not linked yet. */
  registration: CompanionKeys | undefined;
  readonly #socket: WebSocket;
  readonly #host: ConnectionHost;
  readonly #noise: NoiseResponder;
  readonly #reader = new FrameReader();
  readonly #queries = new Map<string, PendingQuery>();
  #stage: 'hello' | 'finish' | 'open' | 'ended' = 'hello';
  #isSilent = false;

  constructor(socket: WebSocket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#noise = new NoiseResponder({ staticKeyPair: host.staticKeyPair, prologue: connectionHeader });
    socket.on('message', (data: Buffer) => this.#take(data));
    socket.on('close', () => this.#close());
    // A socket that fails closes right after; there is nobody to tell.
    socket.on('error', () => undefined);
  }

  send(stanza: Stanza): void {
    if (this.#stage !== 'open' || this.#isSilent) return;
    this.#trace('out', stanza);
    this.#socket.send(frame(this.#noise.transport.encrypt(encodeStanza(stanza))));
  }

  /** Sends an `iq` and resolves with the client's answer; rejects with `pairing_failed` when the socket closes before. */
  query(iq: Stanza): Promise<Stanza> {
    return new Promise((resolve, reject) => {
      this.#queries.set(iq.attrs['id'] ?? '', { resolve, reject });
      this.send(iq);
    });
  }

  /** Ends the connection in the given way. */
  end(kind: DisconnectKind): void {
    const { stanza, socket } = disconnects[kind];
    if (stanza) this.refuse(stanza);
    else if (socket === 'drop') this.#socket.terminate();
    else if (socket === 'silence' || socket === 'half-open') this.#fallSilent(socket);
    else this.#socket.close();
  }

  /** Sends a last stanza and closes. */
  refuse(stanza: Stanza): void {
    this.send(stanza);
    if (this.#isSilent) this.#socket.terminate();
    else this.#socket.close();
    this.#close();
  }

  /** Half-open, it does not even notice when the client hangs up. */
  #fallSilent(how: 'silence' | 'half-open'): void {
    this.#isSilent = true;
    if (how === 'half-open') this.#socket.pause();
  }

  #take(data: Buffer): void {
    if (this.#isSilent || this.#stage === 'ended') return;
    for (const bytes of this.#read(() => this.#reader.push(data)) ?? []) this.#takeFrame(bytes);
  }

  #takeFrame(bytes: Buffer): void {
    switch (this.#stage) {
      case 'hello': {
        if (this.#host.network.stalls.holds('handshake')) return;
        const hello = this.#read(() => this.#noise.answerHello(bytes, this.#host.certificateChain));
        if (!hello) return;
        this.#socket.send(frame(hello));
        this.#stage = 'finish';
        return;
      }
      case 'finish': {
        const client = this.#read(() => this.#noise.readFinish(bytes));
        if (!client) return;
        this.#stage = 'open';
        return this.#host.admit(this, client);
      }
      case 'open': {
        const stanza = this.#read(() => decodeStanza(this.#noise.transport.decrypt(bytes)));
        return stanza && this.#takeStanza(stanza);
      }
      case 'ended':
    }
  }

  /** What does not parse or decrypt is no WhatsApp client, or one that is out of step: WhatsApp hangs up. */
  #read<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch {
      this.#socket.terminate();
      return undefined;
    }
  }

  #takeStanza(stanza: Stanza): void {
    this.#trace('in', stanza);
    const pending =
      stanza.tag === 'iq' &&
      stanza.attrs['xmlns'] === undefined &&
      this.#queries.get(stanza.attrs['id'] ?? '');
    if (!pending) return this.#host.handle(this, stanza);
    this.#queries.delete(stanza.attrs['id'] ?? '');
    pending.resolve(stanza);
  }

  #close(): void {
    if (this.#stage === 'ended') return;
    this.#stage = 'ended';
    for (const { reject } of this.#queries.values()) {
      reject(new SimulatorError('pairing_failed', 'The client has hung up.'));
    }
    this.#queries.clear();
    this.#host.gone(this);
  }

  #trace(direction: 'in' | 'out', stanza: Stanza): void {
    const { network } = this.#host;
    if (direction === 'in') network.counters.stanzasIn++;
    else network.counters.stanzasOut++;
    if (network.listenerCount('stanza') === 0) return;
    network.emit('stanza', { direction, number: this.companion?.account.number, stanza });
  }
}
