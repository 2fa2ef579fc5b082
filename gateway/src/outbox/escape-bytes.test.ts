import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapedResponse } from './escape-bytes.ts';

const rows: [string, Buffer | string, string, string][] = [
  [
    'head and body',
    'HTTP/1.1 404 Not Found\r\na: b\r\n\r\n<b>no</b>',
    'HTTP/1.1 404 Not Found\\r\\na: b',
    '<b>no</b>',
  ],
  ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', 'HTTP/1.1 204 No Content', ''],
  ['bare line feeds', 'HTTP/1.1 200 OK\na: b\n\nok\n', 'HTTP/1.1 200 OK\\na: b', 'ok\\n'],
  ['a head that is cut off', 'HTTP/1.1 200 OK\r\nlong', 'HTTP/1.1 200 OK\\r\\nlong', ''],
  ['control characters', 'x\r\n\r\n\u0000\u001b[2J\u0007\t', 'x', '\\u0000\\u001b[2J\\u0007\\t'],
  ['a backslash is told from an escape', 'x\r\n\r\n\\n\n', 'x', '\\\\n\\n'],
  ['text that is shown backwards', 'x\r\n\r\n\u202egnp.exe\u2028', 'x', '\\u202egnp.exe\\u2028'],
  ['UTF-8', 'x\r\n\r\nGrüße 😀', 'x', 'Grüße 😀'],
  ['UTF-8 that is cut off', Buffer.from('x\r\n\r\nGrüß').subarray(0, -1), 'x', 'Grü'],
  ['Latin-1', Buffer.from('x\r\n\r\nGr\xfc\xdfe', 'latin1'), 'x', 'Grüße'],
  ['a format character beyond 16 bits', 'x\r\n\r\n\u{e0041}', 'x', '\\udb40\\udc41'],
  [
    'a body in chunks, without what is between them',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nGr\u00fc\r\n4;a=b\r\n\u00dfe\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked',
    'Gr\u00fc\u00dfe\\n',
  ],
  [
    'chunks that are cut off',
    'x\r\ntransfer-encoding:chunked\r\n\r\n5\r\nhel',
    'x\\r\\ntransfer-encoding:chunked',
    'hel',
  ],
  [
    'chunks that are none',
    'x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nrubbish',
    'x\\r\\nTransfer-Encoding: chunked',
    'okrubbish',
  ],
  ['no HTTP at all', Buffer.from([0x16, 0x03, 0x01]), '\\u0016\\u0003\\u0001', ''],
  ['nothing', '', '', ''],
];

for (const [what, bytes, head, body] of rows) {
  test(`a response is shown as text that acts on nothing: ${what}`, () => {
    assert.deepEqual(escapedResponse(Buffer.from(bytes as string)), { head, body });
  });
}
