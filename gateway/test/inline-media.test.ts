import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '@eazewa/sdk';
import { startWorld } from './support/world.ts';

const world = await startWorld({ config: { allowWebhookAddresses: ['127.0.0.1/32'] } });
const { simulator, receiver } = world;
const shop = simulator.addPhone({ name: 'Shop' });
const carol = simulator.addPhone({ name: 'Carol' });
const instance = await world.link(shop, ['message']);
const client = new Client({ baseUrl: world.url, token: world.token });
const crm = { url: `${instance.hook}/crm`, events: ['message'] as const, media: { inline: true } };

test('of two webhooks the one that wants files gets the file, and the other null', async () => {
  const made = await client.webhooks.create(instance.id, crm);
  assert.deepEqual(made.media, { inline: true, bytesMax: 100_000 });
  const bytes = Buffer.from('a file. '.repeat(1000));
  const told = await tellFile(bytes);
  assert.deepEqual(told, [
    ['', null],
    [
      '/crm',
      { mimetype: 'text/plain', data: bytes.toString('base64'), filename: 'ä b.txt', filesize: bytes.length },
    ],
  ]);
});

test('what would not fit into the body comes with null at once, and hasMedia', async () => {
  const told = await tellFile(Buffer.alloc(80_000, 'x'));
  assert.deepEqual(told, [
    ['', null],
    ['/crm', null],
  ]);
});

test('a stop of the gateway while a file is on its way costs nothing: the next one fetches it', async () => {
  simulator.media.fail('stall', { of: 'downloads' });
  const bytes = Buffer.from('a file. '.repeat(1000));
  const { id } = await carol.sendMedia(shop, {
    kind: 'document',
    bytes,
    fileName: 'a.txt',
    mimetype: 'text/plain',
  });
  await receiver.until(() => of('').length === 1);
  await world.stopGateway();
  simulator.media.heal();
  await world.startGateway();
  await receiver.until(() => of('/crm').length === 1);
  assert.deepEqual(
    of('/crm').map((media) => (media as { readonly filesize?: number } | null)?.filesize),
    [bytes.length],
  );

  function of(path: string): unknown[] {
    return receiver.requests
      .filter((request) => request.path === instance.path + path && request.bytes.includes(id))
      .map(({ body }) => body?.data['media']);
  }
});

/** What each webhook has in `media` of a file that carol sends, by the end of its path. */
async function tellFile(bytes: Buffer): Promise<unknown[][]> {
  const { id } = await carol.sendMedia(shop, {
    kind: 'document',
    bytes,
    fileName: 'ä b.txt',
    mimetype: 'text/plain',
  });
  const of = () =>
    receiver.requests.flatMap(({ path, body }) => {
      const { message, media } = (body?.data ?? {}) as {
        message?: { readonly id: { readonly id: string }; readonly hasMedia: boolean };
        media?: unknown;
      };
      if (message?.id.id !== id) return [];
      assert.equal(message.hasMedia, true);
      return [[path.slice(instance.path.length), media]];
    });
  await receiver.until(() => of().length === 2);
  return of().toSorted(([one], [other]) => String(one).localeCompare(String(other)));
}
