import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi, type ApiRequest, type Method } from './testing/start-api.ts';

const path = '/api/v1/instances/1/webhooks';
const main = `${path}/main`;
const url = 'https://a.example/hook';
const good = { url, events: ['message'] };
const of = (json: object): ApiRequest => ({ json });
const named = (headers: object) => of({ headers });
const pem =
  'This must be one or more certificates in PEM: -----BEGIN CERTIFICATE-----, base64, -----END CERTIFICATE-----.';

const rows: [string, Method, string, ApiRequest, Record<string, string[]>][] = [
  [
    'nothing',
    'POST',
    path,
    {},
    { url: ['The url field is required.'], events: ['The events field is required.'] },
  ],
  ['no URL', 'POST', path, of({ ...good, url: null }), { url: ['The url field must be a string.'] }],
  ['a word', 'POST', path, of({ ...good, url: 'somewhere' }), { url: ['This is not a valid URL.'] }],
  [
    'another scheme',
    'POST',
    path,
    of({ ...good, url: 'ftp://a.example' }),
    { url: ['The URL must begin with http:// or https://.'] },
  ],
  [
    'a private address',
    'POST',
    path,
    of({ ...good, url: 'http://10.0.0.1/' }),
    {
      url: [
        'The URL leads to 10.0.0.1: 10.0.0.1 is not a public address; EAZEWA_ALLOW_WEBHOOK_ADDRESSES can allow it.',
      ],
    },
  ],
  [
    'a URL of 90 KB',
    'POST',
    path,
    of({ ...good, url: `https://a.example/${'x'.repeat(90_000)}` }),
    { url: ['The url field must not be greater than 2048 characters.'] },
  ],
  [
    'no events',
    'POST',
    path,
    of({ url, events: [] }),
    { events: ['The events field must have at least 1 item.'] },
  ],
  [
    'events as text',
    'POST',
    path,
    of({ url, events: 'message' }),
    { events: ['The events field must be an array.'] },
  ],
  [
    'an unknown event',
    'POST',
    path,
    of({ url, events: ['message', 'mesage'] }),
    { 'events.1': ['The selected events.1 is invalid. Did you mean "message"?'] },
  ],
  [
    'an unknown source',
    'POST',
    path,
    of({ ...good, source: 'ifttt' }),
    { source: ['The selected source is invalid. It can be: api, zapier, make, n8n.'] },
  ],
  [
    'the source of Update Instance',
    'POST',
    path,
    of({ ...good, source: 'instance' }),
    { source: ['The selected source is invalid. It can be: api, zapier, make, n8n.'] },
  ],
  [
    'a hook secret of two lines',
    'POST',
    path,
    { json: good, headers: { 'x-hook-secret': 'größe' } },
    { 'X-Hook-Secret': ['The X-Hook-Secret header must be 1 to 255 printable ASCII characters.'] },
  ],
  [
    'a long hook secret',
    'POST',
    path,
    { json: good, headers: { 'x-hook-secret': 'x'.repeat(256) } },
    { 'X-Hook-Secret': ['The X-Hook-Secret header must be 1 to 255 printable ASCII characters.'] },
  ],
  [
    'a forbidden header',
    'PUT',
    main,
    named({ Host: 'hush' }),
    { headers: ['The header "Host" is set by the gateway itself: leave it out.'] },
  ],
  [
    'a header of the signature',
    'PUT',
    main,
    named({ 'Webhook-Signature': 'hush' }),
    { headers: ['The header "Webhook-Signature" is set by the gateway itself: leave it out.'] },
  ],
  [
    'a line break in a value',
    'PUT',
    main,
    named({ 'X-A': 'hush\r\nX-B: 1' }),
    {
      headers: [
        'The value of the header "X-A" has a line break, a control character or a letter that is not in Latin-1.',
      ],
    },
  ],
  [
    'a line break in a name',
    'PUT',
    main,
    named({ 'X-A\n': 'hush' }),
    { headers: [String.raw`"X-A\n" is not the name of a header: use letters, digits and the sign -.`] },
  ],
  [
    'a line break in a name, and no text',
    'PUT',
    main,
    named({ 'X-A\n': 5 }),
    { headers: [String.raw`"X-A\n" is not the name of a header: use letters, digits and the sign -.`] },
  ],
  [
    'a number as value',
    'PUT',
    main,
    named({ 'X-A': 5 }),
    { 'headers.X-A': ['The headers.X-A field must be a string.'] },
  ],
  [
    '1,000 headers',
    'PUT',
    main,
    named(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`X-${index}`, 'x']))),
    { headers: ['There are more than 20 headers.'] },
  ],
  [
    'a value of 1,001 characters',
    'PUT',
    main,
    named({ 'X-A': 'x'.repeat(1001) }),
    { headers: ['The value of the header "X-A" has more than 1000 characters.'] },
  ],
  [
    'the mask of a header that is not there',
    'PUT',
    main,
    named({ 'X-A': '********' }),
    { headers: ['There is no header "X-A" that could stay as it is.'] },
  ],
  [
    'a deadline of 999 ms',
    'PUT',
    main,
    of({ deadlineMs: 999 }),
    { deadlineMs: ['The deadlineMs field must be at least 1000.'] },
  ],
  [
    'a deadline above a minute',
    'PUT',
    main,
    of({ deadlineMs: 60_001 }),
    { deadlineMs: ['The deadlineMs field must not be greater than 60000.'] },
  ],
  [
    'half a second',
    'PUT',
    main,
    of({ deadlineMs: 1000.5 }),
    { deadlineMs: ['The deadlineMs field must be an integer.'] },
  ],
  [
    'an unknown order',
    'PUT',
    main,
    of({ ordering: 'chats' }),
    { ordering: ['The selected ordering is invalid. Did you mean "chat"?'] },
  ],
  [
    'an unknown policy',
    'PUT',
    main,
    of({ retryPolicy: 'never' }),
    { retryPolicy: ['The selected retryPolicy is invalid. It can be: eazewa, reliable.'] },
  ],
  [
    'a success that is repeated',
    'PUT',
    main,
    of({ retryPolicy: 'reliable', retryStatuses: [200] }),
    { 'retryStatuses.0': ['The retryStatuses.0 field must be at least 300.'] },
  ],
  [
    'an age without its policy',
    'PUT',
    main,
    of({ retryMaxAgeMs: 60_000 }),
    {
      retryMaxAgeMs: [
        'retryMaxAgeMs is for the retryPolicy "reliable" only: with "eazewa" any response is final.',
      ],
    },
  ],
  [
    'no attempts at all',
    'PUT',
    main,
    of({ ratePerSecond: 0 }),
    { ratePerSecond: ['The ratePerSecond field must be at least 0.1.'] },
  ],
  [
    'a rate in words',
    'PUT',
    main,
    of({ ratePerSecond: 'fast' }),
    { ratePerSecond: ['The ratePerSecond field must be a number.'] },
  ],
  [
    'a quota of nothing',
    'PUT',
    main,
    of({ quota: { deliveriesMax: 0 } }),
    { 'quota.deliveriesMax': ['The quota.deliveriesMax field must be at least 1.'] },
  ],
  [
    'files that are perhaps inline',
    'PUT',
    main,
    of({ media: { inline: 'perhaps' } }),
    { 'media.inline': ['The media.inline field must be true or false.'] },
  ],
  [
    'files in no body',
    'POST',
    path,
    of({ ...good, media: { inline: true, bytesMax: 999 } }),
    { 'media.bytesMax': ['The media.bytesMax field must be at least 1000.'] },
  ],
  [
    'files in a body without end',
    'PUT',
    main,
    of({ media: { bytesMax: 16_777_217 } }),
    { 'media.bytesMax': ['The media.bytesMax field must not be greater than 16777216.'] },
  ],
  [
    'a misspelt setting of files',
    'PUT',
    main,
    of({ media: { inlin: true } }),
    { 'media.inlin': ['There is no field media.inlin.'] },
  ],
  ['files of no object', 'PUT', main, of({ media: true }), { media: ['The media field must be an object.'] }],
  ['an authority that is none', 'PUT', main, of({ ca: 'x' }), { ca: [pem] }],
  [
    'a key alone',
    'PUT',
    main,
    of({ clientKey: 'hush' }),
    { clientCertificate: ['Give clientCertificate and clientKey together, or null for both.'] },
  ],
  [
    'a certificate that is none',
    'PUT',
    main,
    of({ clientCertificate: 'x', clientKey: 'hush' }),
    { clientCertificate: [pem] },
  ],
  [
    'active perhaps',
    'PUT',
    main,
    of({ isActive: 'perhaps' }),
    { isActive: ['The isActive field must be true or false.'] },
  ],
];

test('each wrong request about a webhook says what is wrong and changes nothing', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', { json: { name: 'Shop' } });
  const before = api.webhooks.of(1);
  for (const [name, method, address, request, errors] of rows) {
    const { status, body } = await api.call(method, address, request);
    assert.deepEqual(
      { status, body },
      { status: 422, body: { message: 'The given data was invalid.', errors } },
      name,
    );
  }
  assert.deepEqual(api.webhooks.of(1), before);
  assert.equal(
    api.logged.some((line) => line.includes('hush')),
    false,
  );
});

test('a URL of 100 KB does not even come in', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances');
  const json = { ...good, url: `https://a.example/${'x'.repeat(100_000)}` };
  const { status, body } = await api.call('POST', path, { json });
  assert.deepEqual([status, body], [413, { message: 'The body is too large.' }]);
});

test('a subscription keeps a URL of its own', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances');
  await api.call('POST', path, { json: good });
  await api.call('POST', path, { json: { ...good, url: 'https://b.example/' } });
  const errors = async (json: object) =>
    Object((await api.call('PUT', `${path}/3`, { json })).body)['errors'];
  assert.deepEqual(await errors({ url }), { url: ['Webhook 2 of the instance has this URL already.'] });
  assert.deepEqual(await errors({ url: null }), {
    url: ['Remove the webhook, or set isActive to false: only "main" can be without URL.'],
  });
  assert.equal(await errors({ url: 'https://b.example/' }), undefined);
});

test('what is no webhook is not found', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances');
  for (const id of ['2', '0', '01', '-1', '1e0', 'Main', '9'.repeat(30), '%20', '__proto__']) {
    const { status, body } = await api.call('GET', `${path}/${id}`);
    assert.deepEqual([status, body], [404, { message: `There is no webhook ${decodeURI(id)}.` }]);
  }
});
