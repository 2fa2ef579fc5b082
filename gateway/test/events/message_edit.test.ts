import assert from 'node:assert/strict';
import type { EventBody, EventBodyOf, MessageData } from '@eazewa/sdk/events';
import {
  edit,
  encryptedEdit,
  linkPreview,
  mention,
  reaction,
  scheduledEvent,
  type Phone,
} from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { idIn } from './ids.ts';

const event = 'message_edit';
const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const dave = simulator.addPhone({ name: 'Dave', number: '491702222222', lid: '153978989985922' });
const instance = await world.link(shop, [
  'message',
  'message_create',
  'message_edit',
  'message_ack',
  'vote_update',
]);
const group = carol.createGroup('Club', [shop, dave]);
const carolId = '491701234567@c.us';
const daveId = '491702222222@c.us';

eventTest({ event, kind: 'text' }, async () => {
  const message = await carol.send(shop, 'hello wrold');
  const before = await created(message.id);
  const change = await carol.edit(message, 'hello world https://example.com');
  const body = await editOf(message.id);
  assert.deepEqual(body.data, {
    message: editedOf(before, 'hello world https://example.com', body.data.message, change.id),
    newBody: 'hello world https://example.com',
    prevBody: 'hello wrold',
  });
  assert.deepEqual(body.data.message.links, [{ link: 'https://example.com', isSuspicious: false }]);
  assert.deepEqual(body.data.message.latestEditMsgKey, idIn(carolId, change.id, false));
  return body;
});

eventTest({ event, kind: 'text, twice' }, async () => {
  const message = await carol.send(shop, 'one');
  await carol.edit(message, 'two');
  await carol.edit(message, 'three');
  const body = await editOf(message.id, 'three');
  assert.equal(body.data.prevBody, 'two');
  return body;
});

eventTest({ event, kind: 'own' }, async () => {
  const message = await shop.send(carol, 'offer: 10');
  const change = await shop.edit(message, 'offer: 20');
  const body = await editOf(message.id);
  assert.equal(body.data.newBody, 'offer: 20');
  assert.equal(body.data.prevBody, 'offer: 10');
  assert.equal(body.data.message.fromMe, true);
  assert.deepEqual(body.data.message.latestEditMsgKey, idIn(carolId, change.id, true));
  // Later news of the message have the new text.
  await carol.read(message.id);
  const read = await instance.body('message_ack', ({ ack, message: { id } }) => {
    return ack === 3 && id.id === message.id;
  });
  assert.equal(read.data.message.body, 'offer: 20');
  assert.deepEqual(read.data.message.latestEditMsgKey, idIn(carolId, change.id, true));
  return body;
});

eventTest({ event, kind: 'as libraries send it' }, async () => {
  const message = await carol.send(shop, 'from a library');
  await carol.edit(message, 'from a library, better', { form: 'plain' });
  const body = await editOf(message.id);
  assert.equal(body.data.newBody, 'from a library, better');
  return body;
});

eventTest({ event, kind: 'caption' }, async () => {
  const message = await carol.send(shop, {
    imageMessage: {
      mimetype: 'image/jpeg',
      caption: 'a cta',
      directPath: '/v/x',
      mediaKey: Buffer.alloc(32),
    },
  });
  const before = await created(message.id);
  await carol.edit(message, 'a cat');
  const body = await editOf(message.id);
  assert.equal(body.data.prevBody, 'a cta');
  assert.equal(body.data.newBody, 'a cat');
  const { message: after } = body.data;
  assert.deepEqual(
    [after.type, after.hasMedia, after.mediaKey, after._data.directPath, after._data.caption],
    ['image', true, before.mediaKey, '/v/x', 'a cat'],
  );
  const content = after._data.content as { imageMessage: { caption: string; directPath: string } };
  assert.deepEqual([content.imageMessage.caption, content.imageMessage.directPath], ['a cat', '/v/x']);
  return body;
});

eventTest({ event, kind: 'caption that is gone' }, async () => {
  const imageMessage = {
    mimetype: 'image/jpeg',
    caption: 'a secret',
    directPath: '/v/x',
    mediaKey: Buffer.alloc(32),
  };
  const message = await carol.send(shop, { imageMessage });
  await created(message.id);
  await carol.send(shop, edit(carol.changes.keyOf(message), { imageMessage: {} }));
  const { data, ...body } = await editOf(message.id);
  assert.deepEqual([data.prevBody, data.newBody, data.message.body], ['a secret', '', '']);
  assert.equal(JSON.stringify(data.message).includes('a secret'), false);
  assert.equal('caption' in data.message._data, false);
  return { ...body, data };
});

eventTest({ event, kind: 'text with a preview of another link' }, async () => {
  const [first, second] = ['https://example.com/a', 'https://example.com/b'];
  const preview = { link: first, title: 'A', description: 'The first' };
  const message = await carol.send(shop, linkPreview(first, preview));
  await created(message.id);
  const content = linkPreview(second, { link: second, title: 'B' });
  await carol.send(shop, edit(carol.changes.keyOf(message), content));
  const body = await editOf(message.id);
  const { title, description, _data } = body.data.message;
  assert.deepEqual([title, description], ['B', undefined]);
  assert.deepEqual([_data.title, _data.description, _data.matchedText], ['B', undefined, second]);
  return body;
});

eventTest({ event, kind: 'text whose link and group are gone' }, async () => {
  const link = 'https://example.com/a';
  const club = { jid: group.jid, subject: 'Club' };
  const preview = linkPreview(`${link} @${group.jid}`, { link, title: 'A' });
  const message = await carol.send(shop, mention(preview, [], [club]));
  const before = await created(message.id);
  assert.deepEqual(before.groupMentions, [{ groupSubject: 'Club', groupJid: group.jid }]);
  await carol.edit(message, 'never mind');
  const body = await editOf(message.id);
  const { title, groupMentions, links, _data } = body.data.message;
  assert.deepEqual([title, groupMentions, links], [undefined, [], []]);
  assert.deepEqual([_data.title, _data.matchedText, _data.groupMentions], [undefined, undefined, undefined]);
  return body;
});

eventTest({ event, kind: 'in a group' }, async () => {
  const message = await dave.send(group, 'at 7');
  const before = await created(message.id);
  const change = await dave.edit(message, 'at 8');
  const body = await editOf(message.id);
  assert.deepEqual(body.data, {
    message: editedOf(before, 'at 8', body.data.message, change.id),
    newBody: 'at 8',
    prevBody: 'at 7',
  });
  assert.deepEqual(body.data.message.latestEditMsgKey, idIn(group.jid, change.id, false, daveId));
  return body;
});

eventTest({ event, kind: 'by phone number, of a message by LID' }, async () => {
  const message = await carol.send(shop, 'mixed', { addressing: 'lid' });
  await carol.edit(message, 'mixed up', { addressing: 'pn' });
  const body = await editOf(message.id);
  assert.equal(body.data.prevBody, 'mixed');
  assert.equal(body.data.message.id._serialized, `false_${carolId}_${message.id}`);
  return body;
});

eventTest({ event, kind: 'of a message that is not known' }, async () => {
  const key = { remoteJid: shop.lidJid, fromMe: true, id: '3AUNKNOWN' };
  await carol.send(shop, edit(key, { extendedTextMessage: { text: 'what it says now' } }));
  const body = await editOf('3AUNKNOWN');
  assert.equal(body.data.prevBody, null);
  assert.equal(body.data.newBody, 'what it says now');
  assert.equal(body.data.message._data.incomplete, true);
  assert.equal(body.data.message.type, 'chat');
  assert.deepEqual(body.data.message.id, idIn(carolId, '3AUNKNOWN', false));
  return body;
});

eventTest({ event, kind: 'encrypted under the secret of the message' }, async () => {
  const messageSecret = Buffer.alloc(32, 7);
  const message = await carol.send(shop, { conversation: 'sealed', messageContextInfo: { messageSecret } });
  const before = await created(message.id);
  assert.deepEqual(Object.values(before._data.messageSecret ?? {}), [...messageSecret]);
  const content = { extendedTextMessage: { text: 'sealed anew' } };
  await carol.send(shop, sealedEdit(carol, message, content));
  const body = await editOf(message.id);
  assert.equal(body.data.prevBody, 'sealed');
  assert.equal(body.data.newBody, 'sealed anew');
  return body;
});

eventTest({ event, kind: 'of a scheduled event' }, async () => {
  const messageSecret = Buffer.alloc(32, 8);
  const startTime = 1_800_000_000;
  const message = await carol.send(group, {
    eventMessage: { name: 'Party', startTime },
    messageContextInfo: { messageSecret },
  });
  await created(message.id);
  await carol.send(group, sealedEdit(carol, message, { eventMessage: { name: 'Big party', startTime } }));
  const body = await editOf(message.id);
  assert.equal(body.data.prevBody, 'Party');
  assert.equal(body.data.newBody, 'Big party');
  assert.equal(body.data.message.type, 'scheduled_event_creation');
  const content = body.data.message._data.content as { eventMessage: { name: string } };
  assert.equal(content.eventMessage.name, 'Big party');
  assert.equal(body.data.message._data.eventName, 'Big party');
  return body;
});

eventTest({ event, kind: 'of a scheduled event that is moved' }, async () => {
  const secret = Buffer.alloc(32, 8);
  const place = { latitude: 52.5, longitude: 13.4, name: 'Cafe' };
  const planned = { name: 'Party', description: 'bring cake', start: 1_800_000_000, end: 1_800_003_600 };
  const message = await carol.send(group, scheduledEvent({ ...planned, place, secret }));
  await created(message.id);
  const moved = { name: 'Party', start: 1_800_090_000, joinLink: 'https://call.whatsapp.com/video/x' };
  await carol.send(group, sealedEdit(carol, message, scheduledEvent({ ...moved, secret })));
  const body = await editOf(message.id);
  const { _data } = body.data.message;
  assert.deepEqual(
    [_data.eventStartTime, _data.eventEndTime, _data.eventDescription, _data.eventLocation],
    [1_800_090_000, undefined, undefined, undefined],
  );
  assert.equal(_data.eventJoinLink, 'https://call.whatsapp.com/video/x');
  const { startTime, joinLink } = (_data.content as { eventMessage: typeof moved & { startTime: number } })
    .eventMessage;
  assert.deepEqual([startTime, joinLink], [1_800_090_000, moved.joinLink]);
  assert.deepEqual(Object.values(_data.messageSecret ?? {}), [...secret]);
  return body;
});

eventTest({ event, kind: 'of a scheduled event that is cancelled' }, async () => {
  const secret = Buffer.alloc(32, 8);
  const planned = { name: 'Party', start: 1_800_000_000, secret };
  const message = await carol.send(group, scheduledEvent(planned));
  assert.equal((await created(message.id))._data.isEventCanceled, false);
  await carol.send(group, sealedEdit(carol, message, scheduledEvent({ ...planned, isCanceled: true })));
  const body = await editOf(message.id);
  assert.equal(body.data.message._data.isEventCanceled, true);
  assert.equal(body.data.newBody, 'Party');
  return body;
});

eventTest({ event, kind: 'of a poll, whose options stay' }, async () => {
  const options = ['tea', 'coffee'].map((optionName) => ({ optionName }));
  const message = await carol.send(group, {
    pollCreationMessageV3: { name: 'What to drnk?', options, selectableOptionsCount: 1 },
    messageContextInfo: { messageSecret: Buffer.alloc(32, 9) },
  });
  const before = await created(message.id);
  const content = { pollCreationMessageV3: { name: 'What to drink?' } };
  const change = await carol.send(group, edit(carol.changes.keyOf(message), content));
  const body = await editOf(message.id);
  const { message: after } = body.data;
  const renamed = { pollName: 'What to drink?' };
  const poll = (before._data.content as { pollCreationMessageV3: object }).pollCreationMessageV3;
  const now = { ...before._data.content, pollCreationMessageV3: { ...poll, name: 'What to drink?' } };
  assert.deepEqual(
    after,
    editedOf(
      { ...before, ...renamed, _data: { ...before._data, ...renamed, content: now } },
      'What to drink?',
      after,
      change.id,
    ),
  );
  // Who votes later is understood.
  await dave.waitForMessage(({ id }) => id === message.id);
  await dave.vote(message, ['tea']);
  const { data } = await instance.body('vote_update', ({ vote }) => vote.parentMsgKey.id === message.id);
  assert.deepEqual(data.vote.selectedOptions, [{ name: 'tea', localId: 0 }]);
  assert.equal(data.vote.parentMessage.pollName, 'What to drink?');
  return body;
});

eventTest({ event, kind: 'of a scheduled event of which only a reaction is known' }, async () => {
  const key = { remoteJid: shop.lidJid, fromMe: true, id: '3AUNSEEN' };
  await carol.send(shop, reaction(key, '+1'));
  await carol.send(shop, edit(key, scheduledEvent({ name: 'Party', start: 1_800_000_000 })));
  const body = await editOf('3AUNSEEN');
  const { type, hasReaction, _data } = body.data.message;
  assert.deepEqual([type, hasReaction, _data.incomplete], ['scheduled_event_creation', true, true]);
  assert.deepEqual([_data.eventName, _data.eventStartTime], ['Party', 1_800_000_000]);
  assert.equal(body.data.prevBody, null);
  return body;
});

eventTest({ event, kind: 'not of what somebody else wrote' }, async () => {
  const message = await shop.send(carol, 'only mine to edit');
  const key = { remoteJid: shop.lidJid, fromMe: false, id: message.id };
  await carol.send(shop, edit(key, { conversation: 'edited by a stranger' }));
  const mine = await shop.edit(message, 'edited by me');
  const body = await instance.body(event, ({ message: { latestEditMsgKey } }) => {
    return latestEditMsgKey?.id === mine.id;
  });
  assert.equal(body.data.prevBody, 'only mine to edit');
  return body;
});

type Content = Parameters<typeof encryptedEdit>[1];

function sealedEdit(phone: Phone, message: { id: string }, content: Content) {
  const { changes } = phone;
  return encryptedEdit(changes.keyOf(message), content, changes.secretOf(message));
}

/** The message with what an edit changes. */
function editedOf(before: MessageData, text: string, after: MessageData, editId: string): MessageData {
  const edit = {
    latestEditSenderTimestampMs: after.latestEditSenderTimestampMs!,
    latestEditMsgKey: after.latestEditMsgKey!,
  };
  assert.ok(Math.abs(edit.latestEditSenderTimestampMs - Date.now()) < 60_000);
  assert.equal(edit.latestEditMsgKey.id, editId);
  const { links } = after;
  return { ...before, body: text, links, ...edit, _data: { ...before._data, body: text, links, ...edit } };
}

async function created(id: string): Promise<MessageData> {
  const { data } = await instance.body('message_create', ({ message }) => message.id.id === id);
  return data.message;
}

function editOf(id: string, newBody?: string): Promise<EventBody & EventBodyOf<'message_edit'>> {
  return instance.body(event, ({ message, newBody: text }) => {
    return message.id.id === id && (newBody === undefined || text === newBody);
  });
}
