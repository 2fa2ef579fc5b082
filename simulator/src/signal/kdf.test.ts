import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveMessageKeys, hkdf, messageSeed, nextChainKey } from './kdf.ts';

test('HKDF gives the outputs of RFC 5869, appendix A.1 to A.3', () => {
  const vectors = [
    {
      input: '0b'.repeat(22),
      salt: '000102030405060708090a0b0c',
      info: 'f0f1f2f3f4f5f6f7f8f9',
      output: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    },
    {
      input: count(0x00, 80),
      salt: count(0x60, 80),
      info: count(0xb0, 80),
      output:
        'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09' +
        'da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    },
    {
      input: '0b'.repeat(22),
      salt: '',
      info: '',
      output: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    },
  ];
  for (const { input, salt, info, output } of vectors) {
    assert.equal(toHex(hkdf(fromHex(input), fromHex(salt), fromHex(info), output.length / 2)), output);
  }
});

test('a chain key gives the keys of libsignal-protocol-java, ChainKeyTest.testChainKeyDerivationV3', () => {
  const chainKey = fromHex('8ab72d6f4cc5ac0d387eaf463378ddb28edd07385b1cb01250c715982e7ad48f');
  const { cipherKey, macKey, iv } = deriveMessageKeys(messageSeed(chainKey));
  assert.equal(toHex(cipherKey), 'bf51e9d75e0e31031051f82a2491ffc084fa298b7793bd9db620056febf45217');
  assert.equal(toHex(macKey), 'c6c77d6a73a354337a56435e34607dfe48e3ace14e77314dc6abc172e7a7030b');
  assert.equal(iv.length, 16);
  assert.equal(
    toHex(nextChainKey(chainKey)),
    '28e8f8fee54b801eef7c5cfb2f17f32c7b334485bbb70fac6ec10342a246d15d',
  );
});

function count(from: number, length: number): string {
  return toHex(Uint8Array.from({ length }, (_, index) => from + index));
}

function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
