import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyHeaderRefused, whyHeadersRefused } from './request-headers.ts';

const refused: [name: string, value: string, why: RegExp][] = [
  ['', 'x', /not the name/],
  ['X Y', 'x', /not the name/],
  ['X:Y', 'x', /not the name/],
  ['X\r\nY', 'x', /not the name/],
  ['Ключ', 'x', /not the name/],
  ['a'.repeat(101), 'x', /more than 100/],
  ['X-A', 'a'.repeat(1001), /more than 1000/],
  ...['a\r\nHost: b', 'a\nb', 'a\rb', 'a\0b', 'a\x7fb', 'snow \u2603'].map(
    (value): [string, string, RegExp] => ['X-A', value, /line break/],
  ),
  ...[
    'Host Content-Length Transfer-Encoding Connection Keep-Alive TE Trailer Upgrade Expect Content-Type User-Agent',
    'Content-Encoding Content-Disposition Accept-Encoding Proxy-Authorization Proxy-Connection webhook-id webhook-signature Webhook-Anything',
  ]
    .flatMap((line) => line.split(' '))
    .map((name): [string, string, RegExp] => [name, 'x', /set by the gateway/]),
];

for (const [name, value, why] of refused) {
  test(`the header ${JSON.stringify(name.slice(0, 30))}: ${JSON.stringify(value.slice(0, 30))} is refused`, () => {
    assert.match(whyHeaderRefused(name, value) ?? 'accepted', why);
  });
}

const accepted: [name: string, value: string][] = [
  ['Authorization', 'Bearer abc=='],
  ['X-Api-Key', ''],
  ['cookie', 'a=b; c=d'],
  ['X-City', 'Zürich'],
  ['a'.repeat(100), 'a'.repeat(1000)],
];

for (const [name, value] of accepted) {
  test(`the header ${name.slice(0, 30)}: ${JSON.stringify(value.slice(0, 30))} is accepted`, () => {
    assert.equal(whyHeaderRefused(name, value), null);
  });
}

test('a refusal never repeats the value, which may be a secret', () => {
  assert.doesNotMatch(whyHeaderRefused('X-A', 'secret\n') ?? '', /secret/);
});

test('twenty headers at most, none of them twice', () => {
  assert.equal(whyHeadersRefused(many(20)), null);
  assert.match(whyHeadersRefused(many(21)) ?? '', /more than 20/);
  assert.match(whyHeadersRefused({ 'X-A': '1', 'x-a': '2' }) ?? '', /twice/);
  assert.match(whyHeadersRefused({ Host: 'a' }) ?? '', /set by the gateway/);
});

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, 'x']));
}
