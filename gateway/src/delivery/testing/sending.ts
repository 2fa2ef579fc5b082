import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { after } from 'node:test';
import type { AttemptResult } from '../attempt-result.ts';
import { defaultOptions, noSecrets } from '../../webhooks/webhook.ts';
import type { WebhookRequest } from '../webhook-request.ts';
import { createSender, type Sender, type SenderOptions } from '../sender.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { startRawServer, type RawConnection, type RawServer } from './raw-server.ts';

export const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
/** What an attempt with a plain 200 comes to. */
export const delivered = { outcome: 'delivered', status: 200 };
export const body = Buffer.from('{"event":"message","instanceId":"33","data":{}}');

/** A sender that may call loopback, on a clock that stands still. */
export function sender(options: Partial<SenderOptions> = {}): Sender {
  const policy = { allowLoopback: true, allowedRanges: [], setting: 'SETTING', ownAddresses: [] };
  return createSender({ clock: new FakeClock(), policy, ...options });
}

/** Makes one attempt. */
export function send(
  one: Sender,
  url: string,
  changes: Partial<WebhookRequest> = {},
  signal?: AbortSignal,
): Promise<AttemptResult> {
  const request: WebhookRequest = {
    url,
    options: defaultOptions,
    secrets: noSecrets,
    eventId: 'evt_0',
    attempt: 1,
    body,
    isReplay: false,
    isFailing: false,
  };
  return one.send({ ...request, ...changes }, signal);
}

const servers: RawServer[] = [];
after(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

/** Starts a raw server that is closed after the tests. */
export async function serve(
  act: (connection: RawConnection) => void | Promise<void>,
  tls?: TlsOptions,
  at: { host?: string; port?: number } = {},
): Promise<RawServer> {
  const server = await startRawServer(act, tls, at);
  servers.push(server);
  return server;
}

/** A port that is free on all addresses of this machine. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Answers the first request of a connection and closes it. */
export function answering(answer: string): (connection: RawConnection) => Promise<void> {
  return async (connection) => {
    await connection.request();
    connection.socket.end(answer);
  };
}

/** Answers all requests of a connection. */
export async function answeringAll(connection: RawConnection): Promise<void> {
  for (;;) {
    await connection.request();
    connection.socket.write(ok);
  }
}

/** Asserts what the result has under the expectation's names. */
export function assertPartly(
  result: AttemptResult,
  expected: Readonly<Record<string, string | number | null>>,
): void {
  const seen = Object.fromEntries(Object.entries(result).filter(([key]) => key in expected));
  assert.deepEqual(seen, expected, JSON.stringify(result));
}
