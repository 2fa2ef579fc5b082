import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLinks } from './links.ts';

test('links are found without the punctuation around them', () => {
  const cases: [string, string[]][] = [
    ['no link here', []],
    ['see https://example.com.', ['https://example.com']],
    ['(https://example.com/a?b=c#d)', ['https://example.com/a?b=c#d']],
    ['https://en.wikipedia.org/wiki/A_(b)', ['https://en.wikipedia.org/wiki/A_(b)']],
    ['www.example.com and HTTP://EXAMPLE.ORG!', ['http://www.example.com', 'HTTP://EXAMPLE.ORG']],
    ['mail me@www.example.com', []],
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

test('a host that mixes alphabets is suspicious', () => {
  const [honest, pretending] = findLinks('https://paypal.com https://p\u0430ypal.com');
  assert.equal(honest?.isSuspicious, false);
  assert.equal(pretending?.isSuspicious, true);
});

test('a text made to be slow is read fast', () => {
  const text = `https://${'.'.repeat(60_000)} ${'www.'.repeat(15_000)} ${'('.repeat(60_000)}`;
  const start = performance.now();
  findLinks(text);
  assert.ok(performance.now() - start < 2000);
});
