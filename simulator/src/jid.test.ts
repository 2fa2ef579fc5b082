import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatJid, parseJid } from './jid.ts';

test('a jid says user, device and addressing', () => {
  assert.deepEqual(parseJid('49170@s.whatsapp.net'), { user: '49170', device: 0, addressing: 'pn' });
  assert.deepEqual(parseJid('49170:12@s.whatsapp.net'), { user: '49170', device: 12, addressing: 'pn' });
  assert.deepEqual(parseJid('100:3@lid'), { user: '100', device: 3, addressing: 'lid' });
  assert.deepEqual(parseJid('49170@c.us'), { user: '49170', device: 0, addressing: 'pn' });
});

test('what is no person is no jid here', () => {
  for (const jid of ['123-456@g.us', 'status@broadcast', '@s.whatsapp.net', '49170', undefined]) {
    assert.equal(parseJid(jid), undefined);
  }
});

test('a written jid reads back', () => {
  for (const jid of ['49170@s.whatsapp.net', '49170:12@s.whatsapp.net', '100@lid', '100:3@lid']) {
    const parsed = parseJid(jid);
    assert.equal(parsed && formatJid(parsed.user, parsed.addressing, parsed.device), jid);
  }
});
