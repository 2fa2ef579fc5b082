import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { isSigningSecret, signatureOf } from './signature.ts';

const published = { key: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', until: null };
const other = { key: `whsec_${Buffer.alloc(32, 7).toString('base64')}`, until: null };
const signed = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestampS: 1_614_265_330,
  body: Buffer.from('{"test": 2432232314}'),
};

test('the published example of Standard Webhooks has its published signature', () => {
  assert.equal(signatureOf(signed, [published]), 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('with two keys there are two signatures, in the order of the keys', () => {
  const second = createHmac('sha256', Buffer.alloc(32, 7))
    .update('msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}')
    .digest('base64');
  const first = 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  assert.equal(signatureOf(signed, [published, other]), `v1,${first} v1,${second}`);
});

for (const key of ['', 'whsec_', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_not base64']) {
  test(`${JSON.stringify(key)} is no key`, () => assert.equal(isSigningSecret({ key, until: null }), false));
}
