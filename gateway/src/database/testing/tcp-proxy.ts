import { connect, createServer, type Socket } from 'node:net';

/**
 * What the network between us and a server does: it works; it is cut, and whoever connects is refused; or it swallows
 * everything without a word.
 */
export type Weather = 'works' | 'cut' | 'swallows';

export interface TcpProxy {
  /** The URL with this proxy in place of its server. */
  through(url: string): string;
  become(weather: Weather): void;
  /** Answers take this much longer from now on; their order stays. */
  answerAfter(ms: number): void;
  close(): Promise<void>;
}

/** Starts a proxy on loopback in front of the server of a URL, for tests in which the network fails. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<Pair>();
  let weather: Weather = 'works';
  let delayMs = 0;
  const server = createServer((client) => {
    if (weather === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const pair = new Pair(client, { host: hostname, port: Number(port || 5432) }, () => delayMs);
    pairs.add(pair);
    client.on('close', () => pairs.delete(pair));
    if (weather === 'works') pair.flow();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    through(url) {
      const changed = new URL(url);
      changed.host = `127.0.0.1:${own}`;
      return changed.href;
    },
    become(next) {
      weather = next;
      for (const pair of pairs) {
        if (next === 'works') pair.flow();
        else if (next === 'swallows') pair.hold();
        else pair.cut();
      }
    },
    answerAfter: (ms) => (delayMs = ms),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const pair of pairs) pair.cut();
      }),
  };
}

/** One connection through the proxy. The server's side begins when bytes may flow for the first time. */
class Pair {
  readonly #client: Socket;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #delayMs: () => number;
  #server: Socket | null = null;

  constructor(client: Socket, target: { host: string; port: number }, delayMs: () => number) {
    this.#client = client;
    this.#target = target;
    this.#delayMs = delayMs;
    client.on('error', () => undefined);
    client.pause();
  }

  flow(): void {
    const client = this.#client;
    if (this.#server === null) {
      const server = connect(this.#target);
      this.#server = server;
      server.on('error', () => client.destroy());
      server.on('close', () => client.destroy());
      server.on('data', (bytes) => this.#answer(bytes));
      client.on('close', () => server.destroy());
      client.on('data', (bytes) => server.write(bytes));
    }
    this.#server.resume();
    client.resume();
  }

  hold(): void {
    this.#client.pause();
    this.#server?.pause();
  }

  cut(): void {
    this.#client.resetAndDestroy();
    this.#server?.destroy();
  }

  #answer(bytes: Buffer): void {
    const delayMs = this.#delayMs();
    if (delayMs === 0) this.#client.write(bytes);
    else setTimeout(() => this.#client.write(bytes), delayMs);
  }
}
