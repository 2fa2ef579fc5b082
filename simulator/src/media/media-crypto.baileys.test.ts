import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { downloadContentFromMessage, encryptedStream, getMediaKeys } from 'baileys';
import type { MediaType as BaileysType } from 'baileys';
import { decryptMedia, encryptMedia } from './media-crypto.ts';
import { mediaKeysOf } from './media-keys.ts';
import type { MediaType } from './media-keys.ts';

/** Ours, and what Baileys calls it. */
const types: [MediaType, BaileysType][] = [
  ['image', 'image'],
  ['video', 'video'],
  ['video', 'gif'],
  ['video', 'ptv'],
  ['audio', 'audio'],
  ['audio', 'ptt'],
  ['document', 'document'],
  ['sticker', 'sticker'],
  ['history', 'md-msg-hist'],
  ['app-state', 'md-app-state'],
];

/** Around the block of 16 bytes, and longer than one piece of a stream. */
const sizes = [0, 1, 15, 16, 17, 100_000];

for (const [ours, theirs] of types) {
  test(`a file of type ${ours} can be read by Baileys as ${theirs}, and the other way round`, async () => {
    const mediaKey = randomBytes(32);
    const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, theirs);
    const own = mediaKeysOf(mediaKey, ours);
    assert.equal(hex(iv), hex(own.iv));
    assert.equal(hex(cipherKey), hex(own.cipherKey));
    assert.equal(hex(macKey ?? new Uint8Array()), hex(own.macKey));

    for (const size of sizes) {
      const file = randomBytes(size);
      assert.equal(hex(await readByBaileys(encryptMedia(file, ours), theirs)), hex(file));
      const { encFilePath, ...secrets } = await encryptedStream(file, theirs);
      assert.equal(hex(decryptMedia(await readFile(encFilePath), ours, secrets)), hex(file));
      await rm(encFilePath);
    }
  });
}

test('each thing that can be wrong with a file is found and named', () => {
  const { encrypted, ...secrets } = encryptMedia(Buffer.from('a picture'), 'image');
  const { fileSha256: other } = encryptMedia(Buffer.from('another picture'), 'image');
  const open = (changes: object, type: MediaType = 'image') =>
    decryptMedia(encrypted, type, { ...secrets, ...changes });

  assert.equal(open({}).toString(), 'a picture');
  assert.throws(() => open({ mediaKey: undefined }), /no media key/);
  assert.throws(() => open({ fileEncSha256: other }), /fileEncSha256 differs/);
  assert.throws(() => open({}, 'video'), /the MAC differs/);
  assert.throws(() => open({ fileSha256: other }), /fileSha256 differs/);
  assert.throws(() => open({ fileLength: 8 }), /fileLength is 8, not 9/);
});

async function readByBaileys(
  { encrypted, mediaKey }: ReturnType<typeof encryptMedia>,
  type: BaileysType,
): Promise<Buffer> {
  const server = createServer((_request, response) => response.end(encrypted));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const chunks: Buffer[] = [];
    for await (const chunk of await downloadContentFromMessage({ mediaKey, url }, type)) {
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
  } finally {
    server.close();
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
