import { createServer, type AddressInfo } from 'node:net';

/** A port that was free on 127.0.0.1 just now. The system gives the next one who asks another. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
