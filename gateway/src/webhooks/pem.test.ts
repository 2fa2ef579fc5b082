import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  authority,
  certificateByIntermediate,
  intermediate,
  localhostCertificate,
  serverKey,
} from '../delivery/testing/certificates.ts';
import { whyCaRefused, whyClientRefused } from './pem.ts';

test('certificates are taken one by one or several, with words around them', () => {
  assert.equal(whyCaRefused(authority), null);
  assert.equal(whyCaRefused(`# ours\n${authority}\n# and theirs\n${intermediate}`), null);
});

test('what is no certificate is refused with what it must be', () => {
  const cut = authority.slice(0, 100);
  const damaged = authority.replace(/\n[A-Za-z0-9+/]{10}/, '\nAAAAAAAAAA');
  const several = [`${authority}\n${serverKey}`, `${authority}\n${cut}`, `${authority}${intermediate}`];
  const refused = ['', 'text', cut, damaged, serverKey, ...several];
  for (const pem of refused)
    assert.match(whyCaRefused(pem) ?? '', /^This must be one or more certificates in PEM/);
});

test('a client certificate goes with its own key, and may bring those above it', () => {
  assert.equal(whyClientRefused(localhostCertificate, serverKey), null);
  assert.equal(whyClientRefused(`${certificateByIntermediate}\n${intermediate}`, serverKey), null);
});

test('a key that does not fit, has a passphrase or is none is refused, and nothing of it is shown', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' };
  const locked = privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString();
  const cases: [string, RegExp][] = [
    [other, /not the key of clientCertificate/],
    [locked, /has a passphrase/],
    ['-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----', /must be a private key in PEM/],
    ['hush', /must be a private key in PEM/],
    [localhostCertificate, /must be a private key in PEM/],
  ];
  for (const [key, problem] of cases) {
    const refused = whyClientRefused(localhostCertificate, key);
    assert.equal(refused?.field, 'clientKey');
    assert.match(refused?.problem ?? '', problem);
    assert.equal(/c2VjcmV0|hush/.test(refused?.problem ?? ''), false);
  }
  assert.equal(whyClientRefused('text', serverKey)?.field, 'clientCertificate');
});

test('a pair that TLS would not take is refused when it is set, not at the first request', () => {
  assert.deepEqual(whyClientRefused(weakCertificate, weakKey), {
    field: 'clientCertificate',
    problem: 'TLS does not take this certificate with its key: one of them is too weak for today.',
  });
});

/** RSA with 512 bits, made with the openssl command; the key is a test key. */
const weakCertificate = `-----BEGIN CERTIFICATE-----
MIIBdzCCASGgAwIBAgIUZy6Pp3gusE2PJGNGPO0o0ph4oO4wDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjExMjYyMzAwNDRaGA8yMTI2MTEwMjIz
MDA0NFowDzENMAsGA1UEAwwEd2VhazBcMA0GCSqGSIb3DQEBAQUAA0sAMEgCQQCe
qPIp0zdb5GeqAsxb9jiEvm95jA41veCjsuQ2WTjwTpVasWK39cJpUg/UUnOD7CCs
Y26w/uIcvg3/xts4I0+lAgMBAAGjUzBRMB0GA1UdDgQWBBTacuX14TFSCsqjHavt
gUCWNAiKSTAfBgNVHSMEGDAWgBTacuX14TFSCsqjHavtgUCWNAiKSTAPBgNVHRMB
Af8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA0EAlSPDwlTN02LZgyLOv+5My9sd0uZu
R9fPxa4YBItyXaEQG2Ud1pYKRmsKcPXWZsw50mJ94u4HXWEtMYBThBVOmA==
-----END CERTIFICATE-----
`;

const weakKey = `-----BEGIN PRIVATE KEY-----
MIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEAnqjyKdM3W+RnqgLM
W/Y4hL5veYwONb3go7LkNlk48E6VWrFit/XCaVIP1FJzg+wgrGNusP7iHL4N/8bb
OCNPpQIDAQABAkEAiybz1VkJeY/Wl5aCs7k8krgPPxRmNh5Fkm1ImJ4iQSfZMqjU
v7ItVqKUeywWp2O5DnPecdU5aCzVAuHZgqA9lQIhANFNtuuxmcTVzGx47AUIXj+U
J+ibztv5Uy3kI5wTbPffAiEAwg698L/TKAEGBdl3hGJhMTsp/DLp6mca833++/pc
uPsCIDZMfQoEVyoTdScm78QWeazw2LGlyjKTKhsbtolFGN3tAiAhGfimV2JCYaJQ
Xx728v0XM7terKSf+kRromNbQgKM/wIhALbbKcatDO3aw0xImSBE6GqwV6VdDoPi
Bhs4p8W7SUqo
-----END PRIVATE KEY-----
`;
