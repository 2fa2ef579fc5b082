import assert from 'node:assert/strict';
import type { EventBody, EventBodyOf, MessageData } from '@eazewa/sdk/events';
import { vote, type Phone } from '@eazewa/simulator';
import { until } from '../support/until.ts';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { idIn } from './ids.ts';

const event = 'vote_update';
const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const dave = simulator.addPhone({ name: 'Dave', number: '491702222222', lid: '153978989985922' });
const instance = await world.link(shop, ['message_create', event]);
const group = carol.createGroup('Club', [shop, dave]);
const shopId = '4930111111@c.us';
const carolId = '491701234567@c.us';
const daveId = '491702222222@c.us';

eventTest({ event, kind: 'one option' }, async () => {
  const poll = await shop.send(carol, question(1));
  const parentMessage = await created(poll.id);
  await carol.vote(poll, ['tea']);
  const body = await voteIn(poll.id);
  const { interractedAtTs } = body.data.vote;
  assert.deepEqual(body.data, {
    vote: {
      voter: carolId,
      selectedOptions: [{ name: 'tea', localId: 1 }],
      interractedAtTs,
      parentMessage: { ...parentMessage, ...acksOf(body) },
      parentMsgKey: idIn(carolId, poll.id, true),
    },
  });
  assert.ok(Math.abs(interractedAtTs - Date.now()) < 60_000);
  assert.equal(body.data.vote.parentMessage.pollName, 'What to drink?');
  return body;
});

eventTest({ event, kind: 'several options' }, async () => {
  const poll = await shop.send(carol, question(0));
  await carol.vote(poll, ['coffee', 'water']);
  const body = await voteIn(poll.id);
  assert.deepEqual(body.data.vote.selectedOptions, [
    { name: 'coffee', localId: 0 },
    { name: 'water', localId: 2 },
  ]);
  return body;
});

eventTest({ event, kind: 'changed' }, async () => {
  const poll = await shop.send(carol, question(1));
  await carol.vote(poll, ['tea']);
  await carol.vote(poll, ['water']);
  const body = await voteIn(poll.id, 2);
  assert.deepEqual(body.data.vote.selectedOptions, [{ name: 'water', localId: 2 }]);
  return body;
});

eventTest({ event, kind: 'taken back' }, async () => {
  const poll = await shop.send(carol, question(1));
  await carol.vote(poll, ['tea']);
  await carol.vote(poll, []);
  const body = await voteIn(poll.id, 2);
  assert.deepEqual(body.data.vote.selectedOptions, []);
  assert.equal(body.data.vote.voter, carolId);
  return body;
});

eventTest({ event, kind: 'own, in a received poll' }, async () => {
  const poll = await carol.send(shop, question(1));
  await shop.vote(poll, ['coffee']);
  const body = await voteIn(poll.id);
  assert.equal(body.data.vote.voter, shopId);
  assert.deepEqual(body.data.vote.parentMsgKey, idIn(carolId, poll.id, false));
  assert.deepEqual(body.data.vote.selectedOptions, [{ name: 'coffee', localId: 0 }]);
  return body;
});

eventTest({ event, kind: 'in a group' }, async () => {
  const poll = await carol.send(group, question(0));
  const parentMessage = await created(poll.id);
  await dave.waitForMessage(({ id }) => id === poll.id);
  await dave.vote(poll, ['tea', 'water']);
  const body = await voteIn(poll.id);
  assert.deepEqual(body.data.vote, {
    voter: daveId,
    selectedOptions: [
      { name: 'tea', localId: 1 },
      { name: 'water', localId: 2 },
    ],
    interractedAtTs: body.data.vote.interractedAtTs,
    parentMessage,
    parentMsgKey: idIn(group.jid, poll.id, false, carolId),
  });
  return body;
});

eventTest({ event, kind: 'in a group, in an own poll' }, async () => {
  const poll = await shop.send(group, question(1));
  await dave.waitForMessage(({ id }) => id === poll.id);
  await dave.vote(poll, ['tea']);
  const body = await voteIn(poll.id);
  assert.equal(body.data.vote.voter, daveId);
  assert.deepEqual(body.data.vote.parentMsgKey, idIn(group.jid, poll.id, true, shopId));
  return body;
});

eventTest({ event, kind: 'own, in a group' }, async () => {
  const poll = await carol.send(group, question(1));
  await shop.vote(poll, ['tea']);
  const body = await voteIn(poll.id);
  assert.equal(body.data.vote.voter, shopId);
  return body;
});

eventTest({ event, kind: 'in a chat by phone number' }, async () => {
  const poll = await shop.send(carol, question(1), { addressing: 'pn' });
  await carol.vote(poll, ['tea']);
  const body = await voteIn(poll.id);
  assert.equal(body.data.vote.voter, carolId);
  return body;
});

eventTest({ event, kind: 'by LID, in a poll by phone number' }, async () => {
  const poll = await shop.send(carol, question(1), { addressing: 'pn' });
  const facts = { ...carol.changes.secretOf(poll), senderJid: carol.lidJid };
  await carol.send(shop, vote(carol.changes.keyOf(poll), ['tea'], facts), { addressing: 'lid' });
  const body = await voteIn(poll.id);
  assert.deepEqual(body.data.vote.selectedOptions, [{ name: 'tea', localId: 1 }]);
  return body;
});

eventTest({ event, kind: 'for an option that the poll does not have' }, async () => {
  const poll = await shop.send(carol, question(0));
  await carol.send(shop, voteOf(carol, poll, ['tea', 'wine']));
  const body = await voteIn(poll.id);
  assert.deepEqual(body.data.vote.selectedOptions, [
    { name: 'tea', localId: 1 },
    { name: '', localId: -1 },
  ]);
  return body;
});

eventTest({ event, kind: 'told, after one in a poll that nobody knows, which is listed' }, async () => {
  const key = { remoteJid: shop.lidJid, fromMe: false, id: '3EB0UNKNOWN' };
  const facts = { messageId: key.id, writerJid: shop.lidJid, senderJid: carol.lidJid };
  const lost = await carol.send(shop, vote(key, ['tea'], { ...facts, secret: Buffer.alloc(32) }));
  const poll = await shop.send(carol, question(1));
  await carol.vote(poll, ['tea']);
  const body = await voteIn(poll.id);
  await until(async () => (await parked()).length === 1);
  assert.match(
    (await parked())[0]?.note ?? '',
    /^undecryptable: a vote: the message 3EB0UNKNOWN .* not known$/,
  );
  assert.equal(instance.requests(event).filter(({ bytes }) => bytes.includes(lost.id)).length, 0);
  return body;
});

async function parked(): Promise<{ note: string }[]> {
  const { body } = await instance.call('GET', '/inbox');
  return (body['inbox'] as { parked: { note: string }[] }).parked;
}

function question(selectableOptionsCount: number) {
  const options = ['coffee', 'tea', 'water'].map((optionName) => ({ optionName }));
  return {
    messageContextInfo: { messageSecret: Buffer.alloc(32, 9) },
    pollCreationMessageV3: { name: 'What to drink?', options, selectableOptionsCount },
  };
}

function voteOf(phone: Phone, poll: { id: string }, names: string[]) {
  return vote(phone.changes.keyOf(poll), names, phone.changes.secretOf(poll));
}

/** How far an own poll had come when the vote arrived. */
function acksOf({ data }: EventBodyOf<'vote_update'>) {
  const { ack, _data } = data.vote.parentMessage;
  return { ack, _data };
}

async function created(id: string): Promise<MessageData> {
  const { data } = await instance.body('message_create', ({ message }) => message.id.id === id);
  return data.message;
}

async function voteIn(id: string, nth = 1): Promise<EventBody & EventBodyOf<'vote_update'>> {
  const ofPoll = () =>
    instance
      .requests(event)
      .map(({ body }) => body as unknown as EventBody & EventBodyOf<'vote_update'>)
      .filter(({ data }) => data.vote.parentMsgKey.id === id);
  await until(() => ofPoll().length >= nth);
  return ofPoll()[nth - 1]!;
}
