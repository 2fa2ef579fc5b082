import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { encryptMedia, startSimulator } from '@eazewa/simulator';
import { downloadHistory, proto } from 'baileys';
import { systemClock } from '../clock.ts';
import { createBlobs } from '../media/blobs.ts';
import { mendFetch, WholeFiles } from './mend-fetch.ts';

const { RECENT } = proto.HistorySync.HistorySyncType;

test('Baileys reads a history by way of the gateway, and survives one that is cut', async (t) => {
  mendFetch();
  const simulator = await startSimulator();
  const blobs = createBlobs({
    clock: systemClock,
    host: { host: simulator.media.host, ca: simulator.mediaCa },
  });
  t.after(() => {
    blobs.close();
    return simulator.stop();
  });
  const history = proto.HistorySync.encode({ syncType: RECENT, conversations: [{ id: 'a@lid' }] }).finish();
  const { encrypted, ...secrets } = encryptMedia(deflateSync(history), 'history');
  const { directPath } = simulator.media.put('history', encrypted);
  const read = (fetch: (path: string) => Promise<Uint8Array>) =>
    downloadHistory({ ...secrets, directPath }, new WholeFiles(fetch).options);

  assert.equal((await read((path) => blobs.fetch(path, 60_000))).conversations[0]?.id, 'a@lid');
  simulator.media.fail('cut', { times: 1 });
  assert.equal(
    (await read((path) => blobs.fetch(path, 60_000))).conversations[0]?.id,
    'a@lid',
    'it is fetched again',
  );
  simulator.media.expire(directPath);
  await assert.rejects(
    read((path) => blobs.fetch(path, 60_000)),
    { name: 'MediaUnavailable', reason: 'gone' },
  );
});

test('what else is fetched in the process goes its usual way, however often it was mended', async (t) => {
  mendFetch();
  const mended = globalThis.fetch;
  mendFetch();
  assert.equal(globalThis.fetch, mended);
  const server = createServer((_request, response) => response.end('usual'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  assert.equal(await answer.text(), 'usual');
});
