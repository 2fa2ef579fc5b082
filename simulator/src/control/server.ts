import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keepOpen } from '../keep-open.ts';
import type { Simulator } from '../simulator.ts';
import { respond } from './respond.ts';

/** The HTTP control API of a running simulator. */
export interface Control {
  readonly url: string;
  /** Resolves when the port is free. */
  stop(): Promise<void>;
}

/** Serves the control API on 127.0.0.1; port 0 takes a free one. */
export async function startControl(simulator: Simulator, port: number): Promise<Control> {
  const server = createServer((request, response) => void respond(simulator, request, response));
  keepOpen(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
