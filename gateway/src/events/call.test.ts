import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEventShape } from './contract-shape-for-tests.ts';
import { needs } from './needs.ts';
import { anna, contextWith, own, receivedAt, recorded, stanza } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { Context, InboxRow, Stanza } from './translation.ts';

const group = '120363025246125486@g.us';
const byAnna = { 'call-id': 'ABC123', 'call-creator': anna.lid.replace('@', ':3@'), caller_pn: anna.phone };

function call(step: Stanza | undefined, attrs: Record<string, string> = {}): InboxRow {
  const all = { from: anna.lid, id: '99', t: '1669995000', notify: 'Anna', ...attrs };
  const content = step === undefined ? undefined : [step];
  return { kind: 'stanza', seq: 1, receivedAt, stanza: stanza('call', all, content) };
}

function told(row: InboxRow, parts: Partial<Context> = {}) {
  const [event, ...more] = recorded(translate(row, contextWith(parts))).events;
  assert.ok(event?.name === 'call' && more.length === 0);
  assertEventShape('call', JSON.parse(JSON.stringify(event.data)));
  return event;
}

test('an offer is a call, with every field', () => {
  const row = call(stanza('offer', byAnna, [stanza('audio', { enc: 'opus' })]));
  assert.deepEqual(told(row), {
    name: 'call',
    data: {
      call: {
        id: 'ABC123',
        from: anna.id,
        timestamp: 1669995000,
        isVideo: false,
        isGroup: false,
        fromMe: false,
        canHandleLocally: false,
        webClientShouldHandle: false,
        participants: [],
      },
    },
    identity: '["call","ABC123"]',
  });
  assert.deepEqual(needs(row, own), {
    chat: anna.lid,
    addresses: [],
    messages: [],
    outgoing: [],
    learned: [{ lid: anna.lid, phone: anna.phone }],
  });
});

test('with pictures, in a group with those who are in it, and as the notice of a group', () => {
  const video = told(call(stanza('offer', byAnna, [stanza('audio', {}), stanza('video', {})])));
  assert.equal(video.data.call.isVideo, true);

  const users = [
    stanza('user', { jid: '2@lid' }),
    stanza('user', { jid: anna.lid }),
    stanza('user', { jid: 'x' }),
  ];
  const offer = stanza('offer', { ...byAnna, 'group-jid': group }, [stanza('group_info', {}, users)]);
  const inGroup = told(call(offer), { otherForm: new Map([['2@lid', '491702222222@s.whatsapp.net']]) });
  assert.deepEqual(
    [inGroup.data.call.isGroup, inGroup.data.call.participants],
    [true, ['491702222222@c.us', anna.id]],
  );
  assert.equal(needs(call(offer), own).chat, group);
  assert.deepEqual(needs(call(offer), own).addresses, ['2@lid']);

  const notice = told(
    call(stanza('offer_notice', { ...byAnna, type: 'group', media: 'video' }), { from: 'AB@call' }),
  );
  assert.deepEqual(
    [notice.data.call.from, notice.data.call.isVideo, notice.data.call.isGroup],
    [anna.id, true, true],
  );
});

test('the phone form of the caller is used when it is known, and never made up', () => {
  const { caller_pn: _, ...byLid } = byAnna;
  const offer = call(stanza('offer', byLid));
  assert.equal(told(offer).data.call.from, anna.lid);
  assert.equal(told(offer, { otherForm: new Map([[anna.lid, anna.phone]]) }).data.call.from, anna.id);
  const byNumber = { ...byLid, 'call-creator': anna.phone, caller_lid: anna.lid };
  assert.equal(told(call(stanza('offer', byNumber), { from: anna.phone })).data.call.from, anna.id);
  const mine = told(call(stanza('offer', { ...byLid, 'call-creator': own.lid ?? '' })));
  assert.deepEqual([mine.data.call.fromMe, mine.data.call.from], [true, '491709999999@c.us']);
});

test('an offer that comes again, or later by number, is the same call', () => {
  const { caller_pn: _, ...byLid } = byAnna;
  const one = told(call(stanza('offer', byLid))).identity;
  assert.equal(told(call(stanza('offer', byAnna), { offline: '3', id: '100' })).identity, one);
  assert.equal(told(call(stanza('offer_notice', byAnna))).identity, one);
  assert.notEqual(told(call(stanza('offer', { ...byAnna, 'call-id': 'OTHER' }))).identity, one);
});

test('how a call goes on is no event, and what is malformed is ignored with the reason', () => {
  for (const tag of [
    'accept',
    'reject',
    'terminate',
    'preaccept',
    'relaylatency',
    'transport',
    'enc_rekey',
    '',
  ]) {
    const result = translate(call(stanza(tag, byAnna)), contextWith());
    assert.ok(result.do === 'ignore' && result.reason.startsWith('internal: how a call goes on'), tag);
  }
  const broken: [InboxRow, string][] = [
    [call(undefined), 'malformed: a call that says nothing'],
    [call(stanza('offer', { ...byAnna, 'call-id': '' })), 'malformed: a call without a usable id'],
    [
      call(stanza('offer', { 'call-id': 'A', 'call-creator': 'x' }), { from: '@' }),
      'malformed: a call without a caller',
    ],
  ];
  for (const [row, reason] of broken) {
    needs(row, own);
    assert.deepEqual(translate(row, contextWith()), { do: 'ignore', reason });
  }
});
