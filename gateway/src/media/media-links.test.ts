import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMediaLinks, type LinkRequest } from './media-links.ts';

const key = new Uint8Array(32).fill(5);
let now = 1_700_000_000_500;
const links = createMediaLinks(key, 3_600_000, () => now);
const id = 'false_120363000000000001@g.us_3EB0_491701234567@c.us';

function partsOf(link: string): LinkRequest {
  const { pathname, searchParams } = new URL(link);
  const [, , instanceId = '', messageId = ''] = pathname.split('/');
  return {
    instanceId,
    messageId: decodeURIComponent(messageId),
    expires: searchParams.get('expires') ?? '',
    signature: searchParams.get('signature') ?? '',
  };
}

test('a link is good until it expires', () => {
  const { url, expiresAt } = links.make('https://wa.example.com/base', 33, id);
  assert.ok(
    url.startsWith('https://wa.example.com/base/media/33/false_120363000000000001%40g.us_3EB0_'),
    url,
  );
  assert.equal(expiresAt, 1_700_003_600);
  const link = partsOf(url.replace('/base', ''));
  assert.deepEqual([link.instanceId, link.messageId], ['33', id]);
  assert.equal(links.check(link), 'good');
  now = 1_700_003_600_000;
  assert.equal(links.check(link), 'good');
  now += 1;
  assert.equal(links.check(link), 'expired');
  now = 1_700_000_000_500;
});

test('a link that was changed in any part, or signed with another key, is forged', () => {
  const link = partsOf(links.make('https://a.example', 33, id).url);
  const foreign = createMediaLinks(new Uint8Array(32), 3_600_000, () => now).make(
    'https://a.example',
    33,
    id,
  );
  for (const wrong of [
    { ...link, instanceId: '34' },
    { ...link, instanceId: '033' },
    { ...link, messageId: `${id}x` },
    { ...link, expires: '1700003601' },
    { ...link, expires: `${link.expires}.0` },
    { ...link, expires: '' },
    { ...link, signature: '' },
    { ...link, signature: link.signature.slice(0, -2) },
    {
      ...link,
      signature: `A${link.signature.slice(1)}` === link.signature ? 'B' : `A${link.signature.slice(1)}`,
    },
    partsOf(foreign.url),
  ]) {
    assert.equal(links.check(wrong), 'forged', JSON.stringify(wrong));
  }
});
