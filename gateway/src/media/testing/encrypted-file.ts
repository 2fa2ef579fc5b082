import { readFile, rm } from 'node:fs/promises';
import type { MessageData, MessageType } from '@eazewa/sdk/events';
import { encryptedStream, type MediaType } from 'baileys';

/** A file as its sender encrypts it, by Baileys, and the message that tells of it. */
export interface EncryptedFile {
  readonly plain: Buffer;
  readonly bytes: Buffer;
  readonly mediaKey: Uint8Array;
  readonly message: MessageData;
}

export async function encryptFile(
  plain: Buffer,
  type: MessageType & MediaType = 'image',
  raw: Partial<MessageData['_data']> = {},
): Promise<EncryptedFile> {
  const { mediaKey, encFilePath, fileSha256, fileEncSha256, fileLength } = await encryptedStream(plain, type);
  const bytes = await readFile(encFilePath);
  await rm(encFilePath);
  const data = {
    type,
    mimetype: 'image/jpeg',
    directPath: '/v/file.enc?ccb=1',
    mediaKey: Buffer.from(mediaKey).toString('base64'),
    filehash: fileSha256.toString('base64'),
    encFilehash: fileEncSha256.toString('base64'),
    size: fileLength,
    ...raw,
  };
  return { plain, bytes, mediaKey, message: messageWith(data) };
}

/** A message that says this of its file. */
export function messageWith(raw: object, id = '3EB0F11E'): MessageData {
  const serialized = `false_491701234567@c.us_${id}`;
  return {
    _data: raw,
    id: { fromMe: false, remote: '491701234567@c.us', id, _serialized: serialized },
    type: 'type' in raw ? raw.type : 'image',
    hasMedia: true,
  } as unknown as MessageData;
}
