import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  contactId,
  formatJid,
  formatMessageId,
  isLid,
  kindOf,
  parseChatId,
  parseJid,
  parseMessageId,
  withoutDevice,
} from './jid.ts';

test('a jid is taken apart into user, device and server', () => {
  assert.deepEqual(parseJid('491701234567@s.whatsapp.net'), {
    user: '491701234567',
    server: 's.whatsapp.net',
  });
  assert.deepEqual(parseJid('491701234567:12@s.whatsapp.net'), {
    user: '491701234567',
    server: 's.whatsapp.net',
    device: 12,
  });
  assert.deepEqual(parseJid('491701234567_1:3@lid'), { user: '491701234567', server: 'lid', device: 3 });
  assert.deepEqual(parseJid('4912345678-1489123456@g.us'), { user: '4912345678-1489123456', server: 'g.us' });
});

test('what is no jid is null, not a guess', () => {
  for (const text of [
    '',
    'bogus',
    '@s.whatsapp.net',
    'a@',
    'a b@c.us',
    '1:x@lid',
    '1@2@3',
    'x'.repeat(500) + '@lid',
  ]) {
    assert.equal(parseJid(text), null, text);
  }
});

test('the phone itself has no device in its text', () => {
  assert.equal(formatJid({ user: '1', server: 'lid', device: 0 }), '1@lid');
  assert.equal(formatJid({ user: '1', server: 'lid', device: 7 }), '1:7@lid');
});

test('the address of a person is the same for each device and each way to write it', () => {
  const cases: [string, string][] = [
    ['491701234567:12@s.whatsapp.net', '491701234567@s.whatsapp.net'],
    ['491701234567_128:99@hosted', '491701234567@s.whatsapp.net'],
    ['491701234567@c.us', '491701234567@s.whatsapp.net'],
    ['153978989985921:3@lid', '153978989985921@lid'],
    ['153978989985921:99@hosted.lid', '153978989985921@lid'],
    ['120363025246125486@g.us', '120363025246125486@g.us'],
    ['status@broadcast', 'status@broadcast'],
    ['0@c.us', '0@c.us'],
    ['server@c.us', 'server@c.us'],
  ];
  for (const [wire, person] of cases) assert.equal(withoutDevice(wire), person);
});

test('receivers see phone numbers with c.us and everything else as it is', () => {
  assert.equal(contactId('491701234567:12@s.whatsapp.net'), '491701234567@c.us');
  assert.equal(contactId('153978989985921:3@lid'), '153978989985921@lid');
  assert.equal(contactId('120363025246125486@g.us'), '120363025246125486@g.us');
  assert.equal(contactId('not a jid'), 'not a jid');
});

test('each kind of address is told apart', () => {
  assert.equal(kindOf('1@s.whatsapp.net'), 'phone');
  assert.equal(kindOf('1@c.us'), 'phone');
  assert.equal(kindOf('1:2@lid'), 'lid');
  assert.equal(kindOf('1@g.us'), 'group');
  assert.equal(kindOf('status@broadcast'), 'status');
  assert.equal(kindOf('1@broadcast'), 'broadcast');
  assert.equal(kindOf('1@newsletter'), 'newsletter');
  assert.equal(kindOf('1@bot'), 'other');
  assert.equal(kindOf('nonsense'), 'other');
  assert.equal(isLid('1@lid'), true);
  assert.equal(isLid('1@c.us'), false);
});

test('a chat id of a caller becomes a wire jid', () => {
  assert.deepEqual(parseChatId('491701234567@c.us'), { jid: '491701234567@s.whatsapp.net' });
  assert.deepEqual(parseChatId('491701234567@s.whatsapp.net'), { jid: '491701234567@s.whatsapp.net' });
  assert.deepEqual(parseChatId('153978989985921@lid'), { jid: '153978989985921@lid' });
  assert.deepEqual(parseChatId('120363025246125486@g.us'), { jid: '120363025246125486@g.us' });
  assert.deepEqual(parseChatId('4912345678-1489123456@g.us'), { jid: '4912345678-1489123456@g.us' });
});

test('a chat id without a domain is refused in the words of the contract', () => {
  assert.deepEqual(parseChatId('bogus'), {
    problem: {
      message: 'incorrect chatId format.',
      explanation: '"bogus" is missing a domain, expected <id>@c.us.',
    },
  });
});

test('a chat id that WhatsApp would accept and never deliver is refused', () => {
  for (const chatId of [
    '+491701234567@c.us',
    '0170123@c.us',
    'bogus@c.us',
    '491701234567@whatsapp.com',
    '491701234567:3@c.us',
    '@c.us',
    '1@2@c.us',
    'x'.repeat(9000) + '@c.us',
  ]) {
    const result = parseChatId(chatId);
    assert.ok('problem' in result, chatId);
    assert.equal(result.problem.message, 'incorrect chatId format.');
    assert.ok(result.problem.explanation.length < 300);
  }
});

test('a message id reads back as what it was made of', () => {
  const direct = formatMessageId({ fromMe: false, remote: '491701234567@c.us', id: '3EB0AB' });
  assert.equal(direct._serialized, 'false_491701234567@c.us_3EB0AB');
  assert.deepEqual(parseMessageId(direct._serialized), direct);
  const group = formatMessageId({ fromMe: true, remote: '1203@g.us', id: 'AB', participant: '49170@c.us' });
  assert.equal(group._serialized, 'true_1203@g.us_AB_49170@c.us');
  assert.deepEqual(Object.keys(group), ['fromMe', 'remote', 'id', 'participant', '_serialized']);
  assert.deepEqual(parseMessageId(group._serialized), group);
});

test('the bare part of a message id may have any sign but @', () => {
  for (const id of ['AB_CD', '_AB', 'AB_', 'A_b_c']) {
    const direct = formatMessageId({ fromMe: false, remote: '49170@c.us', id });
    assert.deepEqual(parseMessageId(direct._serialized), direct);
    const group = formatMessageId({ fromMe: false, remote: '1203@g.us', id, participant: '49170@c.us' });
    assert.deepEqual(parseMessageId(group._serialized), group);
  }
});

test('a message id may end in _out or _in', () => {
  const expected = formatMessageId({ fromMe: true, remote: '49170@c.us', id: 'AB' });
  assert.deepEqual(parseMessageId('true_49170@c.us_AB_out'), expected);
  assert.deepEqual(parseMessageId('true_49170@c.us_AB_in'), expected);
  const group = formatMessageId({ fromMe: true, remote: '1203@g.us', id: 'AB', participant: '49170@c.us' });
  assert.deepEqual(parseMessageId('true_1203@g.us_AB_49170@c.us_out'), group);
});

test('what is no message id is null', () => {
  for (const text of [
    '',
    '3EB0AB',
    'maybe_1@c.us_A',
    'true_1@c.us',
    'true_1_A',
    'true_1@c.us_A@b',
    'true_1@c.us_',
  ]) {
    assert.equal(parseMessageId(text), null, text);
  }
});
