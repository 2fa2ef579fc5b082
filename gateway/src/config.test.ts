import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from './config.ts';

const hex = 'ab'.repeat(32);

test('without any setting the gateway listens on loopback and keeps everything in one folder', () => {
  const config = readConfig({ PATH: '/bin' });
  assert.deepEqual(
    [config.host, config.port, config.database, config.keyFile, config.secretKey, config.adminToken],
    ['127.0.0.1', 3000, 'data/eazewa.db', 'data/secret.key', null, null],
  );
  assert.deepEqual(config.allowWebhookAddresses, []);
  assert.equal(config.webhookDeadlineMs, 30_000);
});

test('each setting is read from its text', () => {
  const config = readConfig({
    EAZEWA_PORT: ' 8080 ',
    EAZEWA_DATA_DIR: '/var/lib/eazewa',
    EAZEWA_SECRET_KEY: hex,
    EAZEWA_WHATSAPP_URL: 'ws://127.0.0.1:9000/ws',
    EAZEWA_WHATSAPP_ROOT_KEY: Buffer.from(hex, 'hex').toString('base64'),
    EAZEWA_WHATSAPP_VERSION: '2.3000.1',
    EAZEWA_ALLOW_WEBHOOK_ADDRESSES: '10.0.0.0/8, 192.168.1.7,fd00::/8',
    EAZEWA_PUBLIC_URL: 'https://wa.example.com/',
    EAZEWA_WEBHOOK_PROXY: 'http://user:p%40ss@proxy.internal:3128',
    EAZEWA_HOST_ATTEMPTS_PER_SECOND: '50',
    EAZEWA_HOST: '',
  });
  assert.equal(config.webhookProxy, 'http://user:p%40ss@proxy.internal:3128');
  assert.equal(config.hostAttemptsPerSecond, 50);
  assert.equal(config.port, 8080);
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.database, '/var/lib/eazewa/eazewa.db');
  assert.equal(config.keyFile, '/var/lib/eazewa/secret.key');
  assert.deepEqual(config.secretKey, new Uint8Array(32).fill(0xab));
  assert.deepEqual(config.whatsappRootKey, config.secretKey);
  assert.deepEqual(config.whatsappVersion, [2, 3000, 1]);
  assert.deepEqual(config.allowWebhookAddresses, ['10.0.0.0/8', '192.168.1.7/32', 'fd00::/8']);
  assert.equal(config.publicUrl, 'https://wa.example.com');
});

test('a wrong setting is refused in one plain sentence', () => {
  const rows: [Record<string, string>, string][] = [
    [{ EAZEWA_PORT: 'abc' }, 'EAZEWA_PORT must be a whole number from 0 to 65535, not "abc".'],
    [{ EAZEWA_PORT: '65536' }, 'EAZEWA_PORT must be a whole number from 0 to 65535, not "65536".'],
    [{ EAZEWA_PORT: '3e3' }, 'EAZEWA_PORT must be a whole number from 0 to 65535, not "3e3".'],
    [{ EAZEWA_PROT: '1' }, 'unknown setting EAZEWA_PROT, did you mean EAZEWA_PORT?'],
    [{ EAZEWA_WEBHOOK_LANE: '1' }, 'unknown setting EAZEWA_WEBHOOK_LANE, did you mean EAZEWA_WEBHOOK_LANES?'],
    [
      { EAZEWA_KUBERNETES_SERVICE: '1' },
      'unknown setting EAZEWA_KUBERNETES_SERVICE, see docs/configure.md for those that exist.',
    ],
    [{ EAZEWA_DATABASE: 'mysql://a:b@c/d' }, 'EAZEWA_DATABASE must be a file path or a postgres:// URL.'],
    [{ EAZEWA_SECRET_KEY: 'hunter2' }, 'EAZEWA_SECRET_KEY must be 32 bytes as 64 hex digits or as base64.'],
    [
      { EAZEWA_ADMIN_TOKEN: 'short' },
      'EAZEWA_ADMIN_TOKEN must be 32 to 200 letters, digits or the signs - . _ ~ + / =.',
    ],
    [
      { EAZEWA_LOG_LEVEL: 'loud' },
      'EAZEWA_LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "loud".',
    ],
    [
      { EAZEWA_WHATSAPP_URL: 'https://x' },
      'EAZEWA_WHATSAPP_URL must be a ws:// or wss:// URL, not "https://x".',
    ],
    [
      { EAZEWA_WHATSAPP_ROOT_KEY: hex },
      'EAZEWA_WHATSAPP_ROOT_KEY is only of use together with EAZEWA_WHATSAPP_URL.',
    ],
    [
      { EAZEWA_WHATSAPP_VERSION: '2.3000' },
      'EAZEWA_WHATSAPP_VERSION must be three numbers like 2.3000.1023223821, not "2.3000".',
    ],
    [
      { EAZEWA_ALLOW_WEBHOOK_ADDRESSES: '10.0.0.0/33' },
      'EAZEWA_ALLOW_WEBHOOK_ADDRESSES must be a list of addresses or ranges like 10.0.0.0/8, fd00::/8, not "10.0.0.0/33".',
    ],
    [
      { EAZEWA_PUBLIC_URL: 'https://x/?a=b' },
      'EAZEWA_PUBLIC_URL must be an http:// or https:// URL without query, not "https://x/?a=b".',
    ],
    ...['https://a:1', 'http://a/b', 'http://:x@a:1', 'http://%zz@a:1', 'a:1', 'http://a:0'].map(
      (proxy): [Record<string, string>, string] => [
        { EAZEWA_WEBHOOK_PROXY: proxy },
        'EAZEWA_WEBHOOK_PROXY must be an http:// URL of a host and port, perhaps with user:password@.',
      ],
    ),
    [
      { EAZEWA_OPERATOR_WEBHOOK_URL: 'ftp://x/secret' },
      'EAZEWA_OPERATOR_WEBHOOK_URL must be an http:// or https:// URL.',
    ],
    [
      { EAZEWA_OPERATOR_WEBHOOK_SECRET: 'whsec_dG9vIHNob3J0' },
      'EAZEWA_OPERATOR_WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes as base64.',
    ],
    [
      { EAZEWA_OPERATOR_WEBHOOK_SECRET: `whsec_${Buffer.from(hex, 'hex').toString('base64')}` },
      'EAZEWA_OPERATOR_WEBHOOK_SECRET is only of use together with EAZEWA_OPERATOR_WEBHOOK_URL.',
    ],
    [
      { EAZEWA_WEBHOOK_DEADLINE_MS: '999' },
      'EAZEWA_WEBHOOK_DEADLINE_MS must be a whole number from 1000 to 60000, not "999".',
    ],
  ];
  for (const [env, message] of rows) {
    assert.throws(() => readConfig(env), new ConfigError(message));
  }
});
