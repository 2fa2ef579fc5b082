import assert from 'node:assert/strict';
import type { EventBody, EventBodyOf, MessageData } from '@eazewa/sdk/events';
import { corrupt, edit, encryptedComment, encryptedEdit, mention, reply } from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';

/** Whom a message names by LID has the phone form, since he has written once, wherever the name came from. */
const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const dave = simulator.addPhone({ name: 'Dave', number: '491702222222', lid: '153978989985922' });
const instance = await world.link(shop, ['message', 'message_create', 'message_edit']);
const group = carol.createGroup('Club', [shop, dave]);
const daveId = '491702222222@c.us';
const secret = { messageContextInfo: { messageSecret: Buffer.alloc(32, 7) } };
const { id: hello } = await dave.send(shop, 'hello');
await received(hello);

eventTest({ event: 'message_edit', kind: 'text with a mention' }, async () => {
  const message = await carol.send(group, text('come at 7'));
  await carol.send(group, edit(carol.changes.keyOf(message), text('come at 8')));
  const body = await edited(message.id);
  assert.equal(body.data.newBody, '@153978989985922 come at 8');
  assertMentionsDave(body.data.message);
  return body;
});

eventTest({ event: 'message_edit', kind: 'with a mention, encrypted' }, async () => {
  const message = await carol.send(group, { conversation: 'come at 7', ...secret });
  const { changes } = carol;
  const sealed = encryptedEdit(changes.keyOf(message), text('come at 8'), changes.secretOf(message));
  await carol.send(group, sealed);
  const body = await edited(message.id);
  assertMentionsDave(body.data.message);
  return body;
});

eventTest({ event: 'message_edit', kind: 'whose mention is gone' }, async () => {
  const message = await carol.send(group, text('come at 7'));
  await carol.edit(message, 'come all at 7');
  const body = await edited(message.id);
  const { mentionedIds, _data } = body.data.message;
  assert.deepEqual([mentionedIds, _data.mentionedJidList, _data.mentionedAs], [[], [], undefined]);
  return body;
});

eventTest({ event: 'message', kind: 'comment with a mention, encrypted' }, async () => {
  const post = await carol.send(group, { conversation: 'we move', ...secret });
  const { changes } = carol;
  const { id } = await carol.send(
    group,
    encryptedComment(changes.keyOf(post), text('look'), changes.secretOf(post)),
  );
  const body = await received(id);
  assertMentionsDave(body.data.message);
  return body;
});

eventTest({ event: 'message', kind: 'told late, with a mention and a quote' }, async () => {
  const quoted = { id: '3EB0QUOTED', from: dave.number, content: { conversation: 'when?' } };
  carol.answersRetries = false;
  const { id } = await carol.send(shop, reply(quoted, text('at 7'), { by: dave }), { spoil: corrupt });
  const body = await received(id);
  carol.answersRetries = true;
  const { message } = body.data;
  assert.equal(message._data.late, true);
  assert.equal(message._data.quotedParticipant, daveId);
  assertMentionsDave(message);
  return body;
});

eventTest({ event: 'message_create', kind: 'sent through the API with a mention by LID' }, async () => {
  const call = { chatId: group.jid, message: '@153978989985922 look', mentions: ['153978989985922@lid'] };
  const { status, data } = await instance.act('send-message', call);
  assert.equal(status, 'success');
  const answer = data as MessageData;
  assertMentionsDave(answer);
  const body = await instance.body('message_create', ({ message }) => message.id.id === answer.id.id);
  assertMentionsDave(body.data.message);
  return body;
});

function text(rest: string) {
  return mention(`@153978989985922 ${rest}`, [dave]);
}

/** By his number, and as the text has it. */
function assertMentionsDave({ body, mentionedIds, _data }: MessageData): void {
  assert.deepEqual(mentionedIds, [daveId]);
  assert.deepEqual(_data.mentionedJidList, [daveId]);
  assert.deepEqual(_data.mentionedAs, ['153978989985922@lid']);
  assert.match(body, /^@153978989985922 /);
}

function received(id: string): Promise<EventBody & EventBodyOf<'message'>> {
  return instance.body('message', ({ message }) => message.id.id === id);
}

function edited(id: string): Promise<EventBody & EventBodyOf<'message_edit'>> {
  return instance.body('message_edit', ({ message }) => message.id.id === id);
}
