import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mimetypeOf, mimetypeOfBytes } from './mimetype.ts';
import { outgoingKind } from './outgoing-media.ts';

const latin1 = (text: string) => Buffer.from(text.padEnd(80, '.'), 'latin1');

test('the first bytes tell what a file is', () => {
  for (const [head, type] of [
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['GIF89a', 'image/gif'],
    ['RIFF1234WEBPVP8 ', 'image/webp'],
    ['RIFF1234WAVEfmt ', 'audio/wav'],
    ['\0\0\0\x20ftypisom', 'video/mp4'],
    ['\0\0\0\x20ftypM4A ', 'audio/mp4'],
    ['\0\0\0\x20ftyp3gp4', 'video/3gpp'],
    ['\0\0\0\x20ftypqt  ', 'video/quicktime'],
    ['\0\0\0\x20ftypheic', 'image/heic'],
    [`OggS${'\0'.repeat(24)}OpusHead`, 'audio/ogg; codecs=opus'],
    [`OggS${'\0'.repeat(24)}\x01vorbis`, 'audio/ogg'],
    ['ID3\x04', 'audio/mpeg'],
    ['\xff\xfb\x90', 'audio/mpeg'],
    ['\xff\xf1\x50', 'audio/aac'],
    ['#!AMR\n', 'audio/amr'],
    ['\x1aE\xdf\xa3....webm', 'video/webm'],
    ['%PDF-1.7', 'application/pdf'],
    ['PK\x03\x04', 'application/zip'],
    ['Hello', null],
    ['', null],
  ] as const) {
    assert.equal(mimetypeOfBytes(latin1(head)), type, JSON.stringify(head));
  }
  assert.equal(mimetypeOfBytes(new Uint8Array(0)), null);
});

test('bytes count for more than names, and names for more than what a server says', () => {
  const png = latin1('\x89PNG\r\n\x1a\n');
  assert.equal(mimetypeOf(png, 'photo.jpg', 'image/jpeg'), 'image/png');
  assert.equal(
    mimetypeOf(latin1('PK\x03\x04'), 'List.XLSX', 'application/zip'),
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  );
  assert.equal(mimetypeOf(latin1('PK\x03\x04'), 'a.unknown', null), 'application/zip');
  assert.equal(mimetypeOf(latin1('a,b'), 'list.csv', 'text/plain; charset=utf-8'), 'text/csv');
  assert.equal(mimetypeOf(latin1('a,b'), null, 'Text/Plain; charset=utf-8'), 'text/plain');
  assert.equal(mimetypeOf(latin1('a,b'), 'list', 'application/octet-stream'), 'application/octet-stream');
  assert.equal(mimetypeOf(latin1('a,b'), null, 'nonsense'), 'application/octet-stream');
});

test('a file is sent as what WhatsApp shows, or as it was wanted, or not at all', () => {
  assert.equal(outgoingKind('image/jpeg', {}), 'image');
  assert.equal(outgoingKind('image/jpeg', { asDocument: true, asSticker: true }), 'document');
  assert.equal(outgoingKind('image/webp', { asSticker: true }), 'sticker');
  assert.equal(outgoingKind('video/mp4', {}), 'video');
  assert.equal(outgoingKind('audio/mpeg', {}), 'audio');
  assert.equal(outgoingKind('audio/ogg; codecs=opus', { asVoice: true }), 'ptt');
  assert.equal(outgoingKind('audio/wav', {}), 'document');
  assert.equal(outgoingKind('application/pdf', { asSticker: false }), 'document');
  assert.deepEqual(outgoingKind('image/png', { asSticker: true }), {
    problem: 'A sticker must be a WebP picture (image/webp), and this is image/png.',
  });
  assert.deepEqual(outgoingKind('audio/mpeg', { asVoice: true }), {
    problem: 'A voice note must be Ogg with Opus (audio/ogg), and this is audio/mpeg.',
  });
});
