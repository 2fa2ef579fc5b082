import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '@eazewa/simulator';
import { connectClient } from './support/client.ts';
import type { Server } from './support/client.ts';

interface Started extends Server {
  readonly controlUrl: string;
  readonly mediaCa: string;
}

let child: ChildProcess;
let server: Started;
let control: ControlClient;
before(async () => {
  const start = fileURLToPath(new URL('../start.mjs', import.meta.url));
  child = spawn(process.execPath, [start, '--port', '0', '--control-port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  server = await firstLine(child);
  control = new ControlClient(server.controlUrl);
});
after(async () => {
  child.kill();
  await once(child, 'exit');
});

test('a simulator in its own process is driven over HTTP, from linking to reading', async () => {
  const alice = await control.addPhone({ name: 'Alice', number: '+49 170 1111111' });
  const bob = await control.addPhone({ name: 'Bob', deviceIsAndroid: false });
  assert.equal(alice.number, '491701111111');
  assert.deepEqual(
    (await control.phones()).map(({ name }) => name),
    ['Alice', 'Bob'],
  );

  const unlinked = connectClient(server);
  await control.scan(alice.number, await unlinked.qr());
  await unlinked.closed();
  const client = connectClient(server, unlinked.state);
  await client.isOpen();
  const sent = await control.send(bob.number, alice.number, 'hello', { addressing: 'pn' });
  const received = await client.message(sent.id);
  await client.socket.sendMessage(received.key.remoteJid ?? '', { text: 'hello back' });
  const answer = await control.waitForMessage(bob.number, { text: 'hello back' });
  await control.read(bob.number, { id: answer.id });

  assert.equal((await control.waitForMessage(alice.number, { id: answer.id, status: 'read' })).fromMe, true);
  assert.equal((await control.messages(bob.number)).length, 2);
  assert.equal((await control.phone(alice.number)).companions[0]?.connected, true);
  assert.equal((await control.counters())['undecryptable'], 0);
  await control.disconnect(alice.number, 503);
  assert.equal(await client.closed(), 503);
  await control.unlink(alice.number);
  assert.deepEqual((await control.phone(alice.number)).companions, []);
});

test('reactions, edits, votes and deletions are made over HTTP, and shown', async () => {
  const carol = await control.addPhone({ name: 'Carol' });
  const dave = await control.addPhone({ name: 'Dave' });
  const { id } = await control.send(carol.number, dave.number, 'one');
  await control.react(dave.number, id, '👍');
  await control.edit(carol.number, id, 'two');
  const edited = await control.waitForMessage(dave.number, { id });
  assert.deepEqual([edited.text, edited.isEdited, edited.reactions], ['two', true, { [dave.number]: '👍' }]);
  await control.react(dave.number, id, '');
  await control.deleteForEveryone(carol.number, id);
  const deleted = await control.waitForMessage(dave.number, { id });
  assert.deepEqual([deleted.text, deleted.isDeleted, deleted.reactions], [undefined, true, {}]);
  await assert.rejects(control.vote(dave.number, id, ['yes']), { code: 'invalid_request' });
  await assert.rejects(control.edit(dave.number, id, 'mine'), { code: 'invalid_request' });
  await assert.rejects(control.react(dave.number, 'unknown', '👍'), { code: 'unknown_message' });
});

test('the remaining verbs reach their phone', async () => {
  const carol = await control.addPhone({ name: 'Carol' });
  const dave = await control.addPhone({ name: 'Dave' });
  await control.receipts(dave.number, { automatic: false });
  const { id } = await control.send(carol.number, dave.jid, 'one');
  assert.equal((await control.messages(carol.number))[0]?.status, 'sent');
  await control.receipts(dave.number, { id });
  assert.equal((await control.messages(carol.number))[0]?.status, 'delivered');

  await control.goOffline(dave.number);
  await control.send(carol.number, dave.number, 'two');
  assert.equal((await control.messages(dave.number)).length, 1);
  await control.goOnline(dave.number);
  assert.deepEqual((await control.read(dave.number, { from: carol.number })).read.length, 2);

  await control.failLogins(carol.number, 403);
  await control.allowLogins(carol.number);
  await control.stall(carol.number, 'login');
  await control.unstall(carol.number);
  await control.dropAll();
  assert.equal((await control.health()).url, server.url);
});

test('groups are founded, changed, written to and read over HTTP', async () => {
  const [erin, frank, grace] = await Promise.all(
    ['Erin', 'Frank', 'Grace'].map((name) => control.addPhone({ name })),
  );
  assert.ok(erin && frank && grace);
  const { jid } = await control.createGroup(erin.number, 'Family', [frank.number]);
  await control.addToGroup(erin.number, jid, grace.jid);
  await control.promoteInGroup(erin.number, jid, frank.number);
  const { id } = await control.send(grace.number, jid, 'hello all');
  const received = await control.waitForMessage(frank.number, { group: jid, text: 'hello all' });
  assert.deepEqual([received.id, received.from, received.group], [id, grace.number, jid]);
  assert.deepEqual(await control.read(frank.number, { from: jid }), { read: [id] });
  assert.deepEqual((await control.messages(grace.number))[0]?.confirmations, {
    [erin.number]: 'delivered',
    [frank.number]: 'read',
  });

  await control.changeGroup(frank.number, jid, { subject: 'Club', description: '', announce: true });
  await assert.rejects(control.send(grace.number, jid, 'no'), { code: 'not_an_admin' });
  await control.demoteInGroup(erin.number, jid, frank.number);
  await control.leaveGroup(grace.number, jid);
  await control.removeFromGroup(erin.number, jid, frank.number);
  const [group] = await control.groups();
  assert.deepEqual([group?.subject, group?.isAnnounce], ['Club', true]);
  assert.deepEqual(group?.members, [{ number: erin.number, role: 'superadmin' }]);
  await assert.rejects(control.leaveGroup(grace.number, jid), { code: 'not_a_member' });
  await assert.rejects(control.leaveGroup(grace.number, '1@g.us'), { code: 'unknown_group' });
});

test('what a linked client receives besides texts is driven over HTTP too', async () => {
  const erin = await control.addPhone({ name: 'Erin' });
  const frank = await control.addPhone({ name: 'Frank' });
  const history = await control.history(erin.number, { shared: true });
  assert.deepEqual(history, { shared: true, chunkMessages: 500, onMediaHost: false });
  await control.remember(erin.number, { chat: frank.number, text: 'long ago', timestamp: 1_600_000_000 });
  const unlinked = connectClient(server);
  await control.scan(erin.number, await unlinked.qr());
  await unlinked.closed();
  const client = connectClient(server, unlinked.state);
  await client.until(() =>
    client.events('messaging-history.set').some(({ messages }) => messages.length > 0),
  );
  await client.until(() => client.state.creds.accountSyncCounter === 1);

  await control.setting(erin.number, { set: 'archive', chat: frank.number });
  await client.until(() =>
    client
      .events('chats.update')
      .flat()
      .some(({ archived }) => archived),
  );
  const { id } = await control.call(frank.number, erin.number, { video: true });
  await control.endCall(frank.number, id, 'timeout');
  await client.until(() =>
    client
      .events('call')
      .flat()
      .some(({ status }) => status === 'timeout'),
  );
  await control.notify(erin.number, 'picture', frank.lidJid);
  await client.until(() =>
    client
      .events('contacts.update')
      .flat()
      .some(({ imgUrl }) => imgUrl === 'changed'),
  );
  const plaintext = {
    tag: 'plaintext',
    attrs: {},
    content: { base64: Buffer.from('\n\x04news').toString('base64') },
  };
  const attrs = { id: 'NEWS', from: '120363000000000001@newsletter', type: 'text', server_id: '1', t: '1' };
  await control.inject(erin.number, { tag: 'message', attrs, content: [plaintext] });
  await client.message('news');
  assert.deepEqual(await control.sendHistory(erin.number), { chunks: 1, messages: 1 });

  await client.stop();
  while ((await control.phone(erin.number)).companions[0]?.connected) await control.health();
  const onMediaHost = await control.appState(erin.number, { onMediaHost: true, snapshotAfter: 7 });
  assert.deepEqual(onMediaHost, { onMediaHost: true, snapshotAfter: 7 });
  await control.appState(erin.number, { onMediaHost: false });
  const since = 1_600_000_000;
  assert.equal((await control.sendHistory(erin.number, { onMediaHost: true, since })).chunks, 1);
  assert.match((await control.media()).at(-1)?.directPath ?? '', /^\/v\/t62\.7279-24\//);
  await control.answers(frank.number, { retries: false });
  const sent = await control.send(frank.number, erin.number, 'lost', { spoil: 'corrupt' });
  const { lost } = await control.loseQueued(erin.number, { id: sent.id });
  assert.deepEqual(lost, [{ tag: 'message', id: sent.id }]);
});

test('media is sent, downloaded, expired and spoiled over HTTP', async () => {
  const [heidi, ivan] = [await control.addPhone({ name: 'Heidi' }), await control.addPhone({ name: 'Ivan' })];
  const bytes = Buffer.from('a picture');
  const media = {
    kind: 'document',
    base64: bytes.toString('base64'),
    mimetype: 'text/plain',
    fileName: 'note.txt',
  } as const;
  const { id, file } = await control.sendMedia(heidi.number, ivan.number, { ...media, caption: 'a note' });
  const received = await control.waitForMessage(ivan.number, { id });
  const { directPath } = file;
  const summary = { kind: 'document', mimetype: 'text/plain', fileName: 'note.txt', size: bytes.length };
  assert.deepEqual(received.media, { ...summary, caption: 'a note', directPath });
  assert.deepEqual(Buffer.from(await control.download(ivan.number, id)), bytes);
  const answer = await fetch(`${server.controlUrl}/phones/${ivan.number}/messages/${id}/media`);
  assert.equal(answer.headers.get('content-type'), 'text/plain');

  assert.deepEqual((await control.media()).slice(-1), [file]);
  await control.expireMedia(directPath, 'missing');
  assert.equal((await control.media()).at(-1)?.state, 'missing');
  await assert.rejects(control.download(ivan.number, id), { code: 'media_expired' });
  await control.restoreMedia(file.url);
  assert.deepEqual(Buffer.from(await control.download(heidi.number, id)), bytes);
  assert.deepEqual(await control.answers(ivan.number, { mediaRetries: false }), {
    retries: true,
    requests: true,
    mediaRetries: false,
  });
  await control.loseMedia(ivan.number, id);
  await control.failMedia('refuse', { of: 'downloads', times: 1 });
  await control.healMedia();
  assert.match((await control.health()).mediaCa, /BEGIN CERTIFICATE/);
  assert.equal(server.mediaCa, (await control.health()).mediaCa);

  const { id: text } = await control.send(heidi.number, ivan.number, 'only words');
  await assert.rejects(control.download(ivan.number, text), { code: 'no_media' });
  await assert.rejects(control.download(ivan.number, 'NOTHING'), { code: 'unknown_message' });
  await assert.rejects(control.expireMedia('/v/nothing'), { code: 'unknown_media' });
});

const wrong: [string, string, unknown, number, string, RegExp][] = [
  ['POST', '/phones', {}, 400, 'invalid_request', /"name" is missing/],
  ['POST', '/phones', { name: 'X', number: 'abc' }, 400, 'invalid_request', /no phone number/],
  ['POST', '/phones', 'not an object', 400, 'invalid_request', /JSON object/],
  ['GET', '/phones/4999', undefined, 404, 'unknown_phone', /no phone 4999/],
  ['POST', '/stall', { number: '*', kind: 'nap' }, 400, 'invalid_request', /no way to stall called "nap"/],
  ['POST', '/phones/4999/dance', {}, 404, 'not_found', /no POST \/phones\/4999\/dance/],
  ['DELETE', '/phones', undefined, 404, 'not_found', /no DELETE/],
  ['POST', '/inject', { number: '4999', stanza: { attrs: {} } }, 400, 'invalid_request', /"tag"/],
  [
    'POST',
    '/inject',
    { number: '4999', stanza: { tag: 'x', content: 3 } },
    400,
    'invalid_request',
    /"content"/,
  ],
  ['POST', '/media/fail', { fault: 'boredom' }, 400, 'invalid_request', /only: silence, stall/],
  ['POST', '/phones/%zz/online', {}, 400, 'invalid_request', /"%zz" in the path is not encoded/],
  ['GET', '/phones/1/2/3/4', undefined, 404, 'not_found', /no GET/],
  ['POST', '/disconnect', { number: '4999', kind: 'replaced' }, 404, 'unknown_phone', /4999/],
];
for (const [method, path, body, status, code, words] of wrong) {
  test(`${method} ${path} with ${JSON.stringify(body)} is answered with ${status} and the reason`, async () => {
    const response = await fetch(`${server.controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { error: string; message: string };
    assert.deepEqual([response.status, answer.error], [status, code]);
    assert.match(answer.message, words);
  });
}

test('a body that is no JSON is refused', async () => {
  const response = await fetch(`${server.controlUrl}/phones`, { method: 'POST', body: '{' });
  assert.equal(response.status, 400);
});

async function firstLine(process: ChildProcess): Promise<Started> {
  assert.ok(process.stdout);
  const [line] = (await once(createInterface(process.stdout), 'line')) as [string];
  const { rootPublicKey, ...rest } = JSON.parse(line) as Record<
    'url' | 'controlUrl' | 'rootPublicKey' | 'mediaCa',
    string
  >;
  return { ...rest, rootPublicKey: Buffer.from(rootPublicKey, 'base64') };
}
