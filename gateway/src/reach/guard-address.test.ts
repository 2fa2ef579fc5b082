import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBlocked, isPrivate, urlProblem, whyBlocked, type AddressPolicy } from './guard-address.ts';

const exposed: AddressPolicy = {
  allowLoopback: false,
  allowedRanges: [],
  setting: 'EAZEWA_WEBHOOK_RANGES',
  ownAddresses: [{ address: '203.0.113.7', port: 3000 }],
};
const onLoopback: AddressPolicy = {
  ...exposed,
  allowLoopback: true,
  ownAddresses: [{ address: '127.0.0.1', port: 3000 }],
};
const everythingListed: AddressPolicy = { ...exposed, allowedRanges: ['0.0.0.0/0', '::/0'] };

const notPublic = [
  '0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.1 169.254.1.1 172.16.0.1 172.31.255.255',
  '192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1',
  '239.1.1.1 240.0.0.1 255.255.255.255',
  ':: ::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 fc00::1 fdff::1 ff02::1 2001:db8::1 3fff::1 100::1 5f00::1',
  // IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, and Teredo (its server, then its client, which is inverted).
  '::ffff:127.0.0.1 ::ffff:7f00:1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::a00:1 64:ff9b:1::808:808 ::ffff:0:7f00:1 2002:7f00:1::',
  '2001:0:a00:1::f7f7:f7f7 2001:0:808:808::80ff:fffe',
  'nonsense 1.2.3 1.2.3.256 1::2::3',
].flatMap((line) => line.split(' '));

for (const address of notPublic) {
  test(`${address} is blocked`, () => assert.equal(isBlocked(address, 80, exposed), true));
}

const open = [
  '8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.20.0.1 223.255.255.255',
  '2606:4700::1111 2a00:1450:4001::1 2001:4860::1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1',
].flatMap((line) => line.split(' '));

for (const address of open) {
  test(`${address} is not blocked`, () => assert.equal(isBlocked(address, 80, exposed), false));
}

const metadata = [
  '169.254.169.254',
  'fd00:ec2::254',
  '100.100.100.200',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '168.63.129.16',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::23',
  'fd20:ce::254',
];

for (const address of metadata) {
  test(`${address} is blocked even when every range is allowed`, () => {
    assert.match(whyBlocked(address, 80, everythingListed) ?? '', /metadata service, which is never allowed/);
  });
}

test('ranges that the operator lists are allowed, and nothing beside them', () => {
  const policy = { ...exposed, allowedRanges: ['10.1.0.0/16', 'fd00::/8', '192.168.1.5'] };
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '192.168.1.5']) {
    assert.equal(isBlocked(address, 80, policy), false, address);
  }
  for (const address of ['10.2.0.1', '192.168.1.6', '127.0.0.1', 'fc00::1']) {
    assert.equal(isBlocked(address, 80, policy), true, address);
  }
});

test('loopback is allowed only while the gateway itself listens there, and never the gateway itself', () => {
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    assert.equal(isBlocked(address, 8080, onLoopback), false, address);
    assert.equal(isBlocked(address, 8080, exposed), true, address);
    assert.match(whyBlocked(address, 3000, onLoopback) ?? '', /the gateway itself/);
  }
  assert.equal(isBlocked('0.0.0.0', 8080, onLoopback), true);
  assert.equal(isBlocked('10.0.0.1', 8080, onLoopback), true);
});

test('the gateway itself is blocked on every way that leads to it', () => {
  const onAll = { ...everythingListed, ownAddresses: [{ address: '0.0.0.0', port: 3000 }] };
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '::', '::ffff:127.0.0.1']) {
    assert.match(whyBlocked(address, 3000, onAll) ?? '', /the gateway itself/, address);
    assert.equal(isBlocked(address, 3001, onAll), false, address);
  }
  const onOne = { ...everythingListed, ownAddresses: [{ address: '203.0.113.7', port: 3000 }] };
  assert.match(whyBlocked('203.0.113.7', 3000, onOne) ?? '', /the gateway itself/);
  assert.match(whyBlocked('::ffff:203.0.113.7', 3000, onOne) ?? '', /the gateway itself/);
});

test('a refusal says which setting allows it', () => {
  assert.match(whyBlocked('10.0.0.1', 80, exposed) ?? '', /EAZEWA_WEBHOOK_RANGES/);
});

const refused: [row: string, url: string, problem: RegExp][] = [
  ['145', 'http://169.254.169.254/latest/meta-data', /metadata/],
  ['146', 'http://[fd00:ec2::254]/', /metadata/],
  ['146', 'http://100.100.100.200/', /metadata/],
  ['146', 'http://metadata.google.internal/', /metadata/],
  ['146', 'http://metadata.google.internal./', /metadata/],
  ['150', 'http://169.254.43518/', /metadata/],
  ['147', 'http://203.0.113.7:3000/', /the gateway itself/],
  ['148', 'http://0.0.0.0/', /not a public address/],
  ['148', 'http://0/', /not a public address/],
  ['149', 'http://2130706433/', /not a public address/],
  ['149', 'http://0x7f.1/', /not a public address/],
  ['149', 'http://0177.0.0.1/', /not a public address/],
  ['149', 'http://127.1/', /not a public address/],
  ['149', 'http://localhost/', /not a public address/],
  ['149', 'http://api.localhost/', /not a public address/],
  ['151', 'http://[::ffff:127.0.0.1]/', /not a public address/],
  ['151', 'http://[::127.0.0.1]/', /not a public address/],
  ['151', 'http://[64:ff9b::7f00:1]/', /not a public address/],
  ['151', 'http://[2002:7f00:1::]/', /not a public address/],
  ['152', 'http://good@169.254.169.254/', /user name/],
  ['152', 'http://user:pass@example.com/', /user name/],
  ['152', 'http://@example.com/', /user name/],
  ['152', 'http://169.254.169.254%2f@good/', /user name|not a valid/],
  ['152', 'http://good\\@169.254.169.254/', /backslash/],
  ['153', 'http:example.com/', /http:\/\//],
  ['153', 'ftp://example.com/', /http:\/\//],
  ['153', 'file:///etc/passwd', /http:\/\//],
  ['153', 'gopher://example.com/', /http:\/\//],
  ['153', 'data:text/plain,x', /http:\/\//],
  ['153', 'javascript:alert(1)', /http:\/\//],
  ['153', 'ws://example.com/', /http:\/\//],
  ['153', 'unix:/var/run/docker.sock', /http:\/\//],
  ['154', 'http://exam\nple.com/', /control character/],
  ['154', 'http://example.com/\r\nX: y', /control character/],
  ['154', 'http://example.com/\t', /control character/],
  ['154', 'http://example.com/\0', /control character/],
  ['154', ' http://example.com/', /space/],
  ['154', 'http://example.com:0/', /port/],
  ['154', 'http://example.com:99999/', /valid/],
  ['154', 'http://', /valid/],
  ['154', '', /valid/],
  ['158', `http://example.com/${'a'.repeat(100_000)}`, /longer than/],
  ['149', 'http://１２７.0.0.1/', /not a public address/],
  ['149', 'http://127。0。0。1/', /not a public address/],
  ['149', 'http://%31%32%37.0.0.1/', /not a public address/],
  ['150', 'http://0xa9fea9fe/', /metadata/],
  ['150', 'http://[::ffff:a9fe:a9fe]/', /metadata/],
  ['151', 'http://[0:0:0:0:0:ffff:127.0.0.1]/', /not a public address/],
  ['151', 'http://[::ffff:0:127.0.0.1]/', /not a public address/],
  ['151', 'http://[64:ff9b:1:a00:0:100::]/', /not a public address/],
  ['151', 'http://[2001:0:a00:1::f7f7:f7f7]/', /not a public address/],
  ['151', 'http://[2001:0:808:808::80ff:fffe]/', /not a public address/],
  ['151', 'http://[::1%25eth0]/', /valid/],
];

for (const [row, url, problem] of refused) {
  test(`${row}: ${JSON.stringify(url.slice(0, 60))} is refused: ${problem.source}`, () => {
    assert.match(urlProblem(url, exposed) ?? 'accepted', problem);
  });
}

const accepted = [
  'http://your-domain.com:3000/webhooks/whatsapp/ETBu4KVOMXT2KCL1t9SGRIJ7Ra8zEPFM60QINdAp3GjD5Bw',
  'https://example.com',
  'HTTPS://EXAMPLE.com/a/../b?c=d#e',
  'http://8.8.8.8/',
  'http://example.com/@path?user@x',
  'http://аррӏе.com/',
];

for (const url of accepted) {
  test(`${url} is accepted`, () => assert.equal(urlProblem(url, exposed), null));
}

test('a name that only looks like another is shown as what it is', () => {
  assert.match(urlProblem('http://0x7f.1:3000/', onLoopback) ?? '', /leads to 127\.0\.0\.1/);
});

test('161: what is private and only allowed by a range stays unseen, as long as others can set webhooks', () => {
  const listed = { ...exposed, allowedRanges: ['10.0.0.0/8', '8.8.8.8'] };
  assert.equal(
    isPrivate(() => '10.0.0.1', listed),
    true,
  );
  assert.equal(
    isPrivate(() => '::ffff:10.0.0.1', listed),
    true,
  );
  assert.equal(
    isPrivate(() => '8.8.8.8', listed),
    false,
  );
  assert.equal(
    isPrivate(() => '10.0.0.1', { ...listed, allowLoopback: true }),
    false,
  );
  // Who has no such ranges is not even asked for the address.
  assert.equal(
    isPrivate(() => assert.fail(), exposed),
    false,
  );
});

test('162: the gateway is not called by any of its names, whatever the ranges allow', () => {
  const own = { ...everythingListed, ownAddresses: [{ address: '0.0.0.0', port: 3000 }] };
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '0x7f.1', '[::ffff:127.0.0.1]', '0.0.0.0']) {
    assert.match(urlProblem(`http://${host}:3000/api/v1/instances`, own) ?? '', /the gateway itself/, host);
  }
});
