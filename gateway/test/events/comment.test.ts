import assert from 'node:assert/strict';
import { encryptedComment } from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';

const event = 'message';
const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const dave = simulator.addPhone({ name: 'Dave', number: '491702222222', lid: '153978989985922' });
const instance = await world.link(shop, [event]);
const group = carol.createGroup('News', [shop, dave]);

eventTest({ event, kind: 'comment on a post, encrypted' }, async () => {
  const messageSecret = Buffer.alloc(32, 7);
  const post = await carol.send(group, { conversation: 'we move', messageContextInfo: { messageSecret } });
  await dave.waitForMessage(({ id }) => id === post.id);
  const { changes } = dave;
  const comment = encryptedComment(
    changes.keyOf(post),
    { conversation: 'where to?' },
    changes.secretOf(post),
  );
  const { id } = await dave.send(group, comment);
  const body = await instance.body(event, ({ message }) => message.id.id === id);
  const { message } = body.data;
  assert.equal(message.type, 'chat');
  assert.equal(message.body, 'where to?');
  assert.equal(message.author, '491702222222@c.us');
  assert.equal(message.hasQuotedMsg, true);
  const { quotedMsg, quotedStanzaID, quotedParticipant } = message._data;
  assert.deepEqual(quotedMsg, { type: 'chat', body: 'we move' });
  assert.equal(quotedStanzaID, post.id);
  assert.equal(quotedParticipant, '491701234567@c.us');
  return body;
});
