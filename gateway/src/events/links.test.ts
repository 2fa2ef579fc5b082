import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLinks } from './links.ts';
import { topLevelDomains } from './top-level-domains.ts';

test('links are found without the punctuation around them', () => {
  const cases: [string, string[]][] = [
    ['no link here', []],
    ['see https://example.com.', ['https://example.com']],
    ['(https://example.com/a?b=c#d)', ['https://example.com/a?b=c#d']],
    ['https://en.wikipedia.org/wiki/A_(b)', ['https://en.wikipedia.org/wiki/A_(b)']],
    ['(https://en.wikipedia.org/wiki/A_(b))', ['https://en.wikipedia.org/wiki/A_(b)']],
    [
      'see [this](https://example.com/{id}), or https://example.com/x}.',
      ['https://example.com/{id}', 'https://example.com/x'],
    ],
    [
      '«https://example.com/a» “https://example.com/b” „https://example.com/c“',
      ['https://example.com/a', 'https://example.com/b', 'https://example.com/c'],
    ],
    ['https://example.com/«a»', ['https://example.com/«a»']],
    ['https://user:secret@example.com/x', ['https://user:secret@example.com/x']],
    ['https://user:secret@localhost/x.y', []],
    ['www.example.com and HTTP://EXAMPLE.ORG!', ['http://www.example.com', 'HTTP://EXAMPLE.ORG']],
    [
      'mail me@www.example.com, or mailto:a.b+c@example.org',
      ['mailto:me@www.example.com', 'mailto:a.b+c@example.org'],
    ],
    ['example.com', ['http://example.com']],
    ['(wa.me/49170?text=a,b), then t.me/x.', ['http://wa.me/49170?text=a,b', 'http://t.me/x']],
    ['chat.whatsapp.com/AbC', ['http://chat.whatsapp.com/AbC']],
    ['Example.Co.UK:8080/a#b', ['http://Example.Co.UK:8080/a#b']],
    ['пример.рф and xn--e1afmkfd.xn--p1ai', ['http://пример.рф', 'http://xn--e1afmkfd.xn--p1ai']],
    ['e.g. node.js, a.txt, 3.14, z.B. this.That', []],
    ['no.example.com.', ['http://no.example.com']],
    ['☎️wa.me/49170, ➡️www.example.com', ['http://wa.me/49170', 'http://www.example.com']],
    ['1️⃣example.com', ['http://example.com']],
    ['my_shop.de, jürgen_max@web.de', []],
    ['_example.com_', ['http://example.com']],
    ['ftp://example.com', []],
    ['ftp.example.com, Irc.example.com', ['ftp://ftp.example.com', 'irc://Irc.example.com']],
    ['https://localhost', []],
    ['*https://example.com*', ['https://example.com']],
  ];
  for (const [text, links] of cases) {
    assert.deepEqual(
      findLinks(text).map(({ link }) => link),
      links,
      text,
    );
  }
});

test('every top-level domain makes a link', () => {
  assert.ok(topLevelDomains.size > 1400);
  for (const domain of topLevelDomains)
    assert.deepEqual(findLinks(`see a.${domain} now`), [{ link: `http://a.${domain}`, isSuspicious: false }]);
});

test('a host that mixes alphabets is suspicious', () => {
  const [honest, pretending] = findLinks('https://paypal.com https://p\u0430ypal.com');
  assert.equal(honest?.isSuspicious, false);
  assert.equal(pretending?.isSuspicious, true);
});

test('a text made to be slow is read fast', () => {
  const marked = [`${'\u0301'.repeat(63)}.`, 'a\u0301', `a${'\u0301'.repeat(4)}`];
  const parts = ['.', 'www.', '(', ')', '{}', 'a.', 'a-', 'a@', 'a+b@c.', 'ä', 'a.com/', '+', ...marked];
  const text = `https://${parts.map((part) => part.repeat(60_000 / part.length)).join(' ')}`;
  const before = process.cpuUsage();
  findLinks(text);
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 5e6, 'it takes more than 5 s of the processor');
});
