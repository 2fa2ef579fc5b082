import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, type Log } from './log.ts';

function capture(use: (log: Log) => void): string {
  const lines: string[] = [];
  use(createLog('trace', { write: (line) => lines.push(line) }));
  return lines.join('');
}

test('a line is one JSON object with time, level, text and fields', () => {
  const line: Record<string, unknown> = JSON.parse(
    capture((log) => log.warn({ instanceId: 33 }, 'connection closed')),
  );
  assert.equal(line['level'], 'warn');
  assert.equal(line['msg'], 'connection closed');
  assert.equal(line['instanceId'], 33);
  assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT/);
});

test('no secret gets into the log, wherever it stands', () => {
  const secret = 'S3CRET';
  const url = `https://user:${secret}@receiver.example:8443/hook/${secret}?t=${secret}#${secret}`;
  const nested = { webhook: { url, events: ['message'] }, list: [{ adminToken: secret }] };
  const text = capture((log) => {
    log.info(
      {
        token: secret,
        Authorization: secret,
        secretKey: secret,
        body: secret,
        message: { a: secret },
        text: secret,
        msg: secret,
      },
      'keys',
    );
    log.info(nested, `posting to ${url}`);
    log.info(
      `ezw_${secret}abc and Bearer ${secret} and postgres://user:${secret}@db/eazewa?password=${secret}`,
    );
    log.info(`postgres://user:${secret}@db`);
    log.info({ detail: `whsec_${secret}+/=` }, `signed with whsec_${secret}`);
    log.error({ err: new Error(`cannot reach ${url}`, { cause: new Error(url) }) }, 'failed');
    log.error(Object.assign(new Error('library error'), { request: { headers: { authorization: secret } } }));
    log
      .child({ token: secret, webhook: url })
      .child({ list: [{ secret }] })
      .info('child');
    log.info({ bytes: Buffer.from(secret), creds: { key: secret }, plaintext: Buffer.from(secret) }, 'bytes');
  });
  assert.equal(text.includes(secret), false, text);
  assert.equal(text.includes(Buffer.from(secret).toString('base64')), false);
  assert.ok(text.includes('https://receiver.example:8443/[hidden]'));
});

test('every line stays valid JSON after the hiding', () => {
  const text = capture((log) => {
    log.info({ a: 'http://x/"quoted\\"', b: 'Bearer "x"' }, 'see http://x/y\n"and" http://z?q=1');
    log.error(new Error('at http://a/b\\"c'));
  });
  for (const line of text.trim().split('\n')) assert.doesNotThrow(() => JSON.parse(line));
});

test('an error is logged with its stack, its code and its cause', () => {
  const err = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'EADDRINUSE' });
  const line: { err: Record<string, unknown> } = JSON.parse(capture((log) => log.error({ err }, 'failed')));
  assert.match(String(line.err['stack']), /outer[\s\S]*log\.test\.ts/);
  assert.equal(line.err['code'], 'EADDRINUSE');
  assert.match(JSON.stringify(line.err['cause']), /inner/);
});
