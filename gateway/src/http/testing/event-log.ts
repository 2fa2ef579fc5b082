import { connect, type AddressInfo, type Socket } from 'node:net';
import type { EventName } from '@eazewa/sdk/events';
import { EventIds } from '../../ids.ts';
import { prepareEvent } from '../../outbox/record-event.ts';
import type { Api } from './start-api.ts';

/** Commits events of an instance, as the drain does, and tells who waits. Gives their ids. */
export function recording({ db, clock, deps }: Api, instanceId = 1) {
  const eventIds = new EventIds(null);
  return async (...events: readonly (readonly [EventName, unknown])[]): Promise<string[]> => {
    const prepared = events.map(([name, data]) => {
      const nowMs = clock.now();
      const draft = { name, data, identity: null };
      return prepareEvent({ instanceId, chatId: 1, draft, webhooks: [], nowMs, id: eventIds.next(nowMs) });
    });
    await db.commit(prepared.flatMap(({ statements }) => statements));
    deps.eventLog.signals.wake(instanceId);
    return prepared.map(({ event }) => event.id);
  };
}

/** Makes the API listen on loopback, and gives the address of `/api/v1`. */
export async function listening({ app }: Api): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/api/v1`;
}

/** A connection that asks for something, and reads nothing of the answer before it is told to. */
export async function askRaw(api: Api, path: string): Promise<Socket> {
  const { port } = api.app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${api.token}\r\n\r\n`);
  return socket;
}
