import { once } from 'node:events';
import { connect } from 'node:net';
import { after } from 'node:test';
import { Worker } from 'node:worker_threads';

/**
 * Opens a port whose queue of connections is full for as long as the tests run, so that a packet to it is lost without
 * a word: its thread sleeps. Resolves with the port.
 */
export async function startFullServer(host = '127.0.0.1', wantedPort = 0): Promise<number> {
  const worker = new Worker(
    `const { createServer } = require('node:net');
     const { parentPort } = require('node:worker_threads');
     const server = createServer().listen({ port: ${wantedPort}, host: '${host}', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
     });`,
    { eval: true },
  );
  const [port]: unknown[] = await once(worker, 'message');
  // Linux takes one more than the backlog says.
  const waiting = Array.from({ length: 2 }, () => connect(Number(port), host).on('error', () => {}));
  await Promise.all(waiting.map((socket) => once(socket, 'connect')));
  after(async () => {
    waiting.forEach((socket) => socket.destroy());
    await worker.terminate();
  });
  return Number(port);
}
