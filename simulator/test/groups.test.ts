import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BaileysEventMap, GroupMetadata } from 'baileys';
import type { Group, GroupChange, Phone, Stanza } from '@eazewa/simulator';
import { connectClient, linkClient, textOf } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();

test("a member's first message brings its sender key, later ones do not", async () => {
  const { bob, group } = newGroup();
  const stanzas = messagesIn(group, alice);

  const first = await bob.sendToGroup(group, 'one');
  const received = await client.message(first.id);
  await client.message((await bob.sendToGroup(group, 'two')).id);

  assert.equal(textOf(received), 'one');
  assert.equal(received.key.remoteJid, group.jid);
  assert.equal(received.key.participant, bob.lidJid);
  assert.equal(received.key.participantAlt, bob.jid);
  assert.equal(received.pushName, 'Bob');
  assert.deepEqual(stanzas().map(kinds), [['pkmsg', 'skmsg'], ['skmsg']]);
});

test('a client writes to a group: first with its sender key, then without, and all phones read it', async () => {
  const { bob, carol, group } = newGroup();
  const sent = tracedFrom(alice);

  await client.socket.sendMessage(group.jid, { text: 'hello' });
  await client.socket.sendMessage(group.jid, { text: 'hello again' });

  for (const phone of [bob, carol, alice]) {
    await phone.waitForMessage((message) => message.text === 'hello again');
    const [first] = phone.messages.filter((message) => message.group === group.jid);
    assert.deepEqual([first?.text, first?.from, first?.to], ['hello', alice.number, group.jid]);
    assert.deepEqual([first?.device, first?.fromMe], [1, phone === alice]);
  }
  const messages = sent().filter(({ tag }) => tag === 'message');
  assert.deepEqual(
    messages.map(
      ({ content }) => Array.isArray(content) && content.some(({ tag }) => tag === 'participants'),
    ),
    [true, false],
  );
  assert.equal(simulator.counters.undecryptable, 0);
});

test("what the own handset writes to a group comes to its clients as the user's own", async () => {
  const { bob, group } = newGroup();
  const { id } = await alice.send(group.jid, 'from my phone');

  const received = await client.message(id);

  assert.deepEqual([received.key.fromMe, received.key.remoteJid], [true, group.jid]);
  assert.equal((await bob.waitForMessage((message) => message.id === id)).group, group.jid);
  await client.until(() => alice.companion?.queued === 0);
});

test('a group message is delivered, and read, when it is so with every member', async () => {
  const { bob, carol, group } = newGroup();
  carol.goOffline();
  const receipts: BaileysEventMap['message-receipt.update'] = [];
  client.socket.ev.on('message-receipt.update', (news) => receipts.push(...news));
  const sent = await client.socket.sendMessage(group.jid, { text: 'receipts' });
  const id = sent?.key.id ?? '';
  // What comes while Baileys holds events back is merged into the message itself.
  const merged = () => client.messages.filter(({ message }) => message.key.id === id);
  const all = () => [
    ...receipts.filter(({ key }) => key.id === id).map(({ receipt }) => receipt),
    ...merged().flatMap(({ message }) => message.userReceipt ?? []),
  ];
  const has = (phone: Phone, time: 'receiptTimestamp' | 'readTimestamp') =>
    client.until(() => all().some((receipt) => receipt.userJid === phone.lidJid && receipt[time]));

  await has(bob, 'receiptTimestamp');
  await bob.read(group);
  await has(bob, 'readTimestamp');
  const atHome = await alice.waitForMessage((message) => message.id === id);
  assert.equal(atHome.status, 'sent');
  assert.deepEqual(atHome.confirmations, { [bob.number]: 'read', [carol.number]: 'sent' });
  carol.goOnline();
  await has(carol, 'receiptTimestamp');
  assert.equal(atHome.status, 'delivered');
  await carol.read(id);
  assert.equal(atHome.status, 'read');
});

test('a phone sees who has received and read what it wrote to a group, its clients included', async () => {
  const { bob, carol, group } = newGroup();
  const { id } = await bob.sendToGroup(group, 'hello');
  await client.message(id);
  const [message] = bob.messages;
  assert.deepEqual(message?.confirmations, { [alice.number]: 'delivered', [carol.number]: 'delivered' });

  const received = await client.message(id);
  await client.socket.readMessages([received.key]);

  await alice.waitForMessage((other) => other.id === id && other.status === 'read');
  assert.equal(message.confirmations?.[alice.number], 'read');
  assert.equal(message.status, 'delivered');
});

test('forty messages cross both ways at once, and each arrives once and in the order of its writer', async () => {
  const { bob, carol, group } = newGroup();
  const texts = Array.from({ length: 10 }, (_, i) => `text ${i}`);
  const writers = [
    ['Bob', bob],
    ['Carol', carol],
    ['Home', alice],
  ] as const;

  for (const text of texts) {
    const sending = client.socket.sendMessage(group.jid, { text: `Client ${text}` });
    for (const [name, phone] of writers) await phone.sendToGroup(group, `${name} ${text}`);
    await sending;
  }
  for (const [name] of writers) await client.message(`${name} text 9`);
  for (const [, phone] of writers) await phone.waitForMessage(({ text }) => text === 'Client text 9');
  await client.until(() => alice.companion?.queued === 0);

  const atClient = client.messages
    .filter(({ message }) => message.key.remoteJid === group.jid)
    .map(({ message }) => textOf(message) ?? '');
  const inOrder = (all: string[], name: string) =>
    assert.deepEqual(
      all.filter((text) => text.startsWith(name)),
      texts.map((text) => `${name} ${text}`),
    );
  for (const [name, phone] of writers) {
    inOrder(atClient, name);
    const atPhone = phone.messages.filter((message) => message.group === group.jid);
    assert.equal(atPhone.length, 40);
    for (const writer of ['Bob', 'Carol', 'Home', 'Client']) {
      inOrder(
        atPhone.map(({ text }) => text ?? ''),
        writer,
      );
    }
  }
});

test('what is written to a group while a client is away comes when it is back, with its keys', async () => {
  const phone = simulator.addPhone({ name: 'Away' });
  const own = await linkClient(simulator, phone);
  const { bob, carol, group } = newGroup(phone);
  await own.message((await bob.sendToGroup(group, 'before')).id);
  await own.stop();
  await simulator.whenDisconnected(phone);
  const retries = simulator.counters.retryReceiptsFromCompanions;

  for (let i = 0; i < 10; i++) {
    await bob.sendToGroup(group, `Bob ${i}`);
    await carol.sendToGroup(group, `Carol ${i}`);
  }
  assert.equal(phone.companion?.queued, 20);
  const back = connectClient(simulator, own.state);
  await back.message('Carol 9');

  assert.deepEqual(
    back.messages.map(({ message }) => textOf(message)),
    Array.from({ length: 20 }, (_, i) => `${i % 2 === 0 ? 'Bob' : 'Carol'} ${Math.floor(i / 2)}`),
  );
  await back.until(() => phone.companion?.queued === 0);
  assert.equal(simulator.counters.retryReceiptsFromCompanions, retries);
  await back.stop();
});

test('a group message that was not acknowledged comes again with the same bytes', async () => {
  const phone = simulator.addPhone({ name: 'Cut' });
  const own = await linkClient(simulator, phone);
  const { bob, group } = newGroup(phone);
  await own.until(() => phone.companion?.queued === 0);
  const stanzas = messagesIn(group, phone);
  const redelivered = simulator.counters.redelivered;

  const stopListening = simulator.on('stanza', ({ direction, stanza }) => {
    if (direction === 'out' && stanza.attrs['from'] === group.jid)
      queueMicrotask(() => simulator.disconnect(phone, 'tcp-drop'));
  });
  const sent = await bob.sendToGroup(group, 'hello');
  await own.closed();
  stopListening();
  assert.equal(phone.companion?.queued, 1);
  const back = connectClient(simulator, own.state);
  await back.until(() => phone.companion?.queued === 0);

  // Baileys may have decrypted the first copy before the connection broke: then it asks for another, in its session.
  const copies = stanzas().filter(
    (stanza) => stanza.attrs['id'] === sent.id && kinds(stanza).includes('skmsg'),
  );
  assert.equal(copies.length, 2);
  assert.deepEqual(copies[0]?.content, copies[1]?.content);
  assert.deepEqual([copies[0]?.attrs['offline'], typeof copies[1]?.attrs['offline']], [undefined, 'string']);
  assert.equal(simulator.counters.redelivered, redelivered + 1);
  await back.stop();
});

test('two members may use the same message id: each message needs its own acknowledgement', async () => {
  const phone = simulator.addPhone({ name: 'Same' });
  const own = await linkClient(simulator, phone);
  const { bob, carol, group } = newGroup(phone);

  await bob.sendToGroup(group, 'from Bob', { id: 'SAME' });
  await carol.sendToGroup(group, 'from Carol', { id: 'SAME' });

  await own.message('from Bob');
  await own.message('from Carol');
  await own.until(() => phone.companion?.queued === 0);
  await own.stop();
});

test('a member that is added later gets the keys, and what was written before stays closed to it', async () => {
  const { bob, group } = newGroup();
  const dave = simulator.addPhone({ name: 'Dave' });
  await client.socket.sendMessage(group.jid, { text: 'before' });
  await bob.waitForMessage((message) => message.text === 'before');
  await bob.sendToGroup(group, 'before too');

  alice.addToGroup(group, dave);
  await client.socket.sendMessage(group.jid, { text: 'after' });
  await bob.sendToGroup(group, 'after too');

  await dave.waitForMessage((message) => message.text === 'after');
  assert.deepEqual(new Set(dave.messages.map(({ text }) => text)), new Set(['after', 'after too']));
  await client.message((await dave.sendToGroup(group, 'hello all')).id);
});

test('a client that is linked later gets the sender keys of phones and of other clients', async () => {
  const phone = simulator.addPhone({ name: 'Later' });
  const { bob, group } = newGroup(alice, phone);
  await client.socket.sendMessage(group.jid, { text: 'before' });
  await bob.sendToGroup(group, 'before too');
  await phone.waitForMessage((message) => message.text === 'before');

  const own = await linkClient(simulator, phone);
  await client.socket.sendMessage(group.jid, { text: 'after' });
  await bob.sendToGroup(group, 'after too');

  await own.message('after');
  await own.message('after too');
  await own.stop();
});

test('who was removed or has left gets nothing more, and the others get a new key', async () => {
  const { bob, carol, group } = newGroup();
  const stanzas = messagesIn(group, alice);
  await client.message((await bob.sendToGroup(group, 'one')).id);

  alice.removeFromGroup(group, carol);
  await client.message((await bob.sendToGroup(group, 'two')).id);
  bob.leaveGroup(group);

  assert.deepEqual(stanzas().map(kinds), [
    ['pkmsg', 'skmsg'],
    ['pkmsg', 'skmsg'],
  ]);
  assert.deepEqual(
    carol.messages.map(({ text }) => text),
    ['one'],
  );
  await assert.rejects(bob.sendToGroup(group, 'three'), { code: 'not_a_member' });
  assert.deepEqual(group.members, [{ number: alice.number, role: 'superadmin' }]);
});

test('a client that cannot decrypt a group message is sent it again, for itself alone', async () => {
  const { bob, carol, group } = newGroup();
  await client.message((await bob.sendToGroup(group, 'one')).id);
  await client.state.keys.set({ 'sender-key': { [senderKeyName(group, bob)]: null } });
  const retries = simulator.counters.retryReceiptsFromCompanions;

  const sent = await bob.sendToGroup(group, 'two');

  await hasText(sent.id, 'two');
  assert.ok(simulator.counters.retryReceiptsFromCompanions > retries);
  assert.equal(carol.messages.filter(({ id }) => id === sent.id).length, 1);
  await hasText((await bob.sendToGroup(group, 'three')).id, 'three');
});

test("a client that cannot decrypt its own handset's message is sent it again, too", async () => {
  const { group } = newGroup();
  await client.message((await alice.sendToGroup(group, 'one')).id);
  await client.state.keys.set({ 'sender-key': { [senderKeyName(group, alice)]: null } });

  const sent = await alice.sendToGroup(group, 'two');

  await hasText(sent.id, 'two');
  await client.until(() => alice.companion?.queued === 0);
});

test('a client sends again to the one client that has asked', async () => {
  const phone = simulator.addPhone({ name: 'Asking' });
  const own = await linkClient(simulator, phone);
  const { bob, group } = newGroup(alice, phone);
  await client.socket.sendMessage(group.jid, { text: 'one' });
  await own.message('one');
  await own.state.keys.set({ 'sender-key': { [senderKeyName(group, alice, 1)]: null } });

  const sent = tracedFrom(alice);
  const resent = () =>
    sent()
      .flatMap(({ tag, attrs }) => (tag === 'message' ? [attrs['participant']] : []))
      .slice(1);
  await client.socket.sendMessage(group.jid, { text: 'two' });

  await own.message('two');
  await own.until(() => phone.companion?.queued === 0);
  assert.deepEqual(
    bob.messages.map(({ text, failedDecryptions }) => [text, failedDecryptions]),
    [
      ['one', 0],
      ['two', 0],
    ],
  );
  assert.deepEqual(resent(), [own.socket.user?.lid]);
  await own.stop();
});

test('a client that has lost its whole session with a member is sent the message in a new one', async () => {
  const { bob, group } = newGroup();
  await client.message((await bob.sendToGroup(group, 'one')).id);
  await client.state.keys.set({ 'sender-key': { [senderKeyName(group, bob)]: null } });
  await client.socket.signalRepository.deleteSession([bob.lidJid]);

  const sent = await bob.sendToGroup(group, 'two');

  await hasText(sent.id, 'two');
});

test('a phone that cannot decrypt a group message asks for it again, and then has it', async () => {
  const { bob, carol, group } = newGroup();
  await client.socket.sendMessage(group.jid, { text: 'one' });
  await bob.waitForMessage((message) => message.text === 'one');
  bob.forgetSenderKeys(group);
  const before = simulator.counters.undecryptable;

  const sent = await client.socket.sendMessage(group.jid, { text: 'two' });

  const received = await bob.waitForMessage((message) => message.text === 'two');
  assert.equal(received.failedDecryptions, 1);
  assert.equal(simulator.counters.undecryptable, before + 1);
  const atCarol = await carol.waitForMessage((message) => message.id === sent?.key.id);
  assert.equal(atCarol.failedDecryptions, 0);
});

test('a phone asks another phone again, too', async () => {
  const { bob, carol, group } = newGroup();
  await bob.sendToGroup(group, 'one');
  carol.forgetSenderKeys(group);

  await bob.sendToGroup(group, 'two');
  await bob.sendToGroup(group, 'three');

  assert.deepEqual(
    carol.messages.map(({ text, failedDecryptions }) => [text, failedDecryptions]),
    [
      ['one', 0],
      ['two', 1],
      ['three', 0],
    ],
  );
});

test('a client hears who joins, leaves and becomes admin', async () => {
  const { bob, carol, group } = newGroup();
  const dave = simulator.addPhone({ name: 'Dave' });
  const changes: [string, string | undefined][] = [];
  client.socket.ev.on('group-participants.update', ({ id, action, participants, author }) => {
    if (id === group.jid) changes.push([`${action} ${participants.map((one) => one.id).join()}`, author]);
  });

  alice.addToGroup(group, dave);
  alice.promoteInGroup(group, bob);
  bob.removeFromGroup(group, carol);
  alice.demoteInGroup(group, bob);
  dave.leaveGroup(group);

  await client.until(() => changes.length === 5);
  assert.deepEqual(changes, [
    [`add ${dave.lidJid}`, alice.lidJid],
    [`promote ${bob.lidJid}`, alice.lidJid],
    [`remove ${carol.lidJid}`, bob.lidJid],
    [`demote ${bob.lidJid}`, alice.lidJid],
    [`remove ${dave.lidJid}`, dave.lidJid],
  ]);
  await client.until(() => alice.companion?.queued === 0);
});

test('a client hears of a new subject, description, picture, and of who may write or change these', async () => {
  const { group } = newGroup();
  const known: Record<string, unknown> = {};
  client.socket.ev.on('groups.update', (news) => {
    for (const update of news) if (update.id === group.jid) Object.assign(known, update);
  });
  client.socket.ev.on('contacts.update', (news) => {
    for (const { id, imgUrl } of news) if (id === group.jid) known['picture'] = imgUrl;
  });
  const changes: [GroupChange, Record<string, unknown>][] = [
    [{ subject: 'Club' }, { subject: 'Club' }],
    [{ description: 'About us' }, { desc: 'About us' }],
    [{ announce: true }, { announce: true }],
    [{ locked: true }, { restrict: true }],
    [{ announce: false }, { announce: false }],
    [{ locked: false }, { restrict: false }],
    [{ picture: true }, { picture: 'changed' }],
    [{ picture: false }, { picture: 'removed' }],
    [{ description: '' }, { desc: undefined }],
  ];

  // One by one: of several that come while Baileys holds events back it tells the first only.
  for (const [change, news] of changes) {
    alice.changeGroup(group, change);
    await client.until(() => Object.entries(news).every(([name, value]) => known[name] === value));
  }

  assert.equal(known['author'], alice.lidJid);
  await client.until(() => alice.companion?.queued === 0);
});

test('a client hears of a new group, and of one that it is added to', async () => {
  const founded: string[] = [];
  client.socket.ev.on('groups.upsert', (groups) => founded.push(...groups.map(({ subject }) => subject)));
  const bob = simulator.addPhone({ name: 'Bob' });

  bob.createGroup('New', [alice]);
  bob.addToGroup(bob.createGroup('Joined'), alice);

  await client.until(() => founded.length === 2);
  assert.deepEqual(founded, ['New', 'Joined']);
});

test('a client asks for a group, for all of its own, and for one that is not there', async () => {
  const { bob, group } = newGroup();
  alice.promoteInGroup(group, bob);
  alice.changeGroup(group, { description: 'About us', announce: true });
  const foreign = bob.createGroup('Foreign');

  const metadata = await client.socket.groupMetadata(group.jid);
  const all = await client.socket.groupFetchAllParticipating();

  assert.deepEqual(
    [
      metadata.id,
      metadata.subject,
      metadata.addressingMode,
      metadata.desc,
      metadata.announce,
      metadata.restrict,
    ],
    [group.jid, 'Family', 'lid', 'About us', true, false],
  );
  assert.deepEqual([metadata.owner, metadata.ownerPn], [alice.lidJid, alice.jid]);
  assert.deepEqual(
    metadata.participants.map(({ id, phoneNumber, admin }) => [id, phoneNumber, admin]).slice(0, 2),
    [
      [alice.lidJid, alice.jid, 'superadmin'],
      [bob.lidJid, bob.jid, 'admin'],
    ],
  );
  assert.equal(all[group.jid]?.size, 3);
  assert.equal(all[foreign.jid], undefined);
  await assert.rejects(client.socket.groupMetadata(foreign.jid), /forbidden/);
  await assert.rejects(client.socket.groupMetadata('120363999999999999@g.us'), /item-not-found/);
});

test('a client founds a group and changes it as its phone can', async () => {
  const [bob, carol] = [simulator.addPhone({ name: 'Bob' }), simulator.addPhone({ name: 'Carol' })];
  const { socket } = client;

  const { id } = await socket.groupCreate('Made here', [bob.jid]);
  const group = simulator.group(id);
  const added = await socket.groupParticipantsUpdate(id, [carol.lidJid, '1@lid'], 'add');
  await socket.groupParticipantsUpdate(id, [bob.lidJid], 'promote');
  await socket.groupUpdateSubject(id, 'Renamed');
  await socket.groupUpdateDescription(id, 'About us');
  await socket.groupSettingUpdate(id, 'announcement');

  assert.deepEqual(
    added.map(({ status }) => status),
    ['200', '404'],
  );
  assert.deepEqual([group.subject, group.description, group.isAnnounce], ['Renamed', 'About us', true]);
  assert.deepEqual(group.members, [
    { number: alice.number, role: 'superadmin' },
    { number: bob.number, role: 'admin' },
    { number: carol.number, role: 'member' },
  ]);
  await assert.rejects(carol.sendToGroup(group, 'hello'), { code: 'not_an_admin' });
  await socket.groupLeave(id);
  await assert.rejects(socket.groupUpdateSubject(id, 'Too late'), /forbidden/);
});

test('a message of a client that is no member any more is refused, and goes to nobody', async () => {
  const [phone, bob] = [simulator.addPhone({ name: 'Removed' }), simulator.addPhone({ name: 'Bob' })];
  const group = bob.createGroup('Family', [phone]);
  // Its own list of members still has it, as after a removal that has not come through.
  let metadata: GroupMetadata | undefined;
  const own = await linkClient(simulator, phone, { cachedGroupMetadata: () => Promise.resolve(metadata) });
  metadata = await own.socket.groupMetadata(group.jid);
  bob.removeFromGroup(group, phone);
  const errors: (string | undefined)[] = [];
  const stop = simulator.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
    const isAck = direction === 'out' && tag === 'ack' && attrs['class'] === 'message';
    if (isAck && attrs['from'] === group.jid) errors.push(attrs['error']);
  });

  await own.socket.sendMessage(group.jid, { text: 'too late' });
  await own.until(() => errors.length > 0);
  stop();

  assert.deepEqual(errors, ['403']);
  assert.deepEqual(bob.messages, []);
  await own.stop();
});

/** Resolves when the client shows the message; before, it may show that it could not decrypt it. */
function hasText(id: string, text: string): Promise<unknown> {
  return client.until(() =>
    client.messages.some(({ message }) => message.key.id === id && textOf(message) === text),
  );
}

/** A group of the given phones, Alice's by default, with Bob and Carol; the first has founded it. */
function newGroup(...phones: Phone[]): { bob: Phone; carol: Phone; group: Group } {
  const [founder = alice, ...others] = phones;
  const [bob, carol] = [simulator.addPhone({ name: 'Bob' }), simulator.addPhone({ name: 'Carol' })];
  return { bob, carol, group: founder.createGroup('Family', [bob, carol, ...others]) };
}

/** The message stanzas that this phone's client gets from a group, from now on. */
function messagesIn(group: Group, phone: Phone): () => Stanza[] {
  const stanzas: Stanza[] = [];
  simulator.on('stanza', ({ direction, number, stanza }) => {
    const isWanted = direction === 'out' && number === phone.number && stanza.tag === 'message';
    if (isWanted && stanza.attrs['from'] === group.jid) stanzas.push(stanza);
  });
  return () => stanzas;
}

/** Everything that this phone's client sends, from now on. */
function tracedFrom(phone: Phone): () => Stanza[] {
  const stanzas: Stanza[] = [];
  simulator.on('stanza', ({ direction, number, stanza }) => {
    if (direction === 'in' && number === phone.number) stanzas.push(stanza);
  });
  return () => stanzas;
}

/** How the parts of a message are encrypted. */
function kinds({ content }: Stanza): (string | undefined)[] {
  return Array.isArray(content)
    ? content.filter(({ tag }) => tag === 'enc').map(({ attrs }) => attrs['type'])
    : [];
}

/** Under which name Baileys keeps a sender key. */
function senderKeyName(group: Group, { lidJid }: Phone, device = 0): string {
  return `${group.jid}::${lidJid.replace('@lid', '')}_1::${device}`;
}
