import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEventShape } from './contract-shape-for-tests.ts';
import { needs } from './needs.ts';
import { anna, contextWith, own, receivedAt, recorded, stanza } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { GroupChange, InboxRow, Stanza } from './translation.ts';

const group = '120363025246125486@g.us';
const ben = { lid: '2@lid', phone: '491702222222@s.whatsapp.net', id: '491702222222@c.us' };

/** A notification of the group by Anna. */
function notification(content: Stanza['content'], attrs: Record<string, string> = {}): InboxRow {
  const all = { from: group, type: 'w:gp2', id: '2741', t: '1669995000', ...attrs };
  return { kind: 'stanza', seq: 1, receivedAt, stanza: stanza('notification', all, content) };
}

const byAnna = { participant: anna.lid, participant_pn: anna.phone };

function participant(attrs: Record<string, string>): Stanza {
  return stanza('participant', attrs);
}

const benAsMember = participant({ jid: ben.lid, phone_number: ben.phone });

/** Names, types, bodies, authors and recipients of what is told. */
function told(row: InboxRow): unknown[] {
  return recorded(translate(row, contextWith())).events.map((event) => {
    assertEventShape(event.name, JSON.parse(JSON.stringify(event.data)));
    assert.ok('notification' in event.data);
    const { type, body, author, recipientIds } = event.data.notification;
    return [event.name, type, body, author, recipientIds];
  });
}

test('who is added by somebody has joined, with every field', () => {
  const row = notification([stanza('add', {}, [benAsMember])], byAnna);
  const { events, groups } = recorded(translate(row, contextWith()));
  assert.deepEqual(events, [
    {
      name: 'group_join',
      data: {
        notification: {
          id: {
            fromMe: false,
            remote: group,
            id: '2741',
            participant: ben.id,
            _serialized: `false_${group}_2741_${ben.id}`,
          },
          body: '',
          type: 'add',
          timestamp: 1669995000,
          chatId: group,
          author: anna.id,
          recipientIds: [ben.id],
        },
      },
      identity: JSON.stringify(['group_join', group, '2741', 0]),
    },
  ]);
  assert.deepEqual(groups, [
    { is: 'left', group, members: [ben.phone] },
    { is: 'members', group, members: [{ jid: ben.lid, role: 'member' }] },
  ]);
});

test('each change of a group is told under its own name', () => {
  const people = [benAsMember];
  const cases: [string, Stanza, [string, string, string, string[]]][] = [
    ['invite', stanza('add', { reason: 'invite' }, people), ['group_join', 'invite', '', [ben.id]]],
    [
      'community',
      stanza('add', { reason: 'linked_group_join' }, people),
      ['group_join', 'linked_group_join', '', [ben.id]],
    ],
    [
      'community, as an element',
      stanza('linked_group_join', {}, people),
      ['group_join', 'linked_group_join', '', [ben.id]],
    ],
    ['other reason', stanza('add', { reason: 'auto_add' }, people), ['group_join', 'add', '', [ben.id]]],
    ['remove', stanza('remove', {}, people), ['group_leave', 'remove', '', [ben.id]]],
    ['leave', stanza('leave', {}, people), ['group_leave', 'leave', '', [ben.id]]],
    ['promote', stanza('promote', {}, people), ['group_update', 'promote', '', [ben.id]]],
    ['demote', stanza('demote', {}, people), ['group_update', 'demote', '', [ben.id]]],
    ['modify', stanza('modify', {}, people), ['group_update', 'modify', '', [ben.id]]],
    ['subject', stanza('subject', { subject: 'Club' }), ['group_update', 'subject', 'Club', []]],
    [
      'description',
      stanza('description', { id: 'A' }, [stanza('body', {}, Buffer.from('About us'))]),
      ['group_update', 'description', 'About us', []],
    ],
    [
      'no description',
      stanza('description', { id: 'A' }, [stanza('delete', {})]),
      ['group_update', 'description', '', []],
    ],
    ['announce', stanza('announcement', {}), ['group_update', 'announce', 'on', []]],
    ['announce off', stanza('not_announcement', {}), ['group_update', 'announce', 'off', []]],
    ['restrict', stanza('locked', {}), ['group_update', 'restrict', 'on', []]],
    ['restrict off', stanza('unlocked', {}), ['group_update', 'restrict', 'off', []]],
    ['ephemeral', stanza('ephemeral', { expiration: '86400' }), ['group_update', 'ephemeral', '86400', []]],
    ['not ephemeral', stanza('not_ephemeral', {}), ['group_update', 'ephemeral', '0', []]],
    ['link', linked('link', { link_type: 'sub_group' }), ['group_update', 'sub_group_link', other, []]],
    [
      'link to its community',
      linked('link', { link_type: 'parent_group' }),
      ['group_update', 'parent_group_link', other, []],
    ],
    [
      'link of no group',
      stanza('link', { link_type: 'sub_group' }),
      ['group_update', 'sub_group_link', '', []],
    ],
    [
      'unlink',
      linked('unlink', { unlink_type: 'sub_group' }),
      ['group_update', 'sub_group_unlink', other, []],
    ],
    [
      'community closed',
      linked('unlink', { unlink_type: 'parent_group', unlink_reason: 'delete_parent' }),
      ['group_update', 'delete_parent_group_unlink', other, []],
    ],
    [
      'community closed by WhatsApp',
      linked('unlink', { unlink_type: 'sub_group', unlink_reason: 'integrity_delete_parent' }),
      ['group_update', 'integrity_sub_group_unlink', other, []],
    ],
    ['new link', stanza('invite', { code: 'AbC' }), ['group_update', 'revoke_invite', 'AbC', []]],
    [
      'approval',
      stanza('membership_approval_mode', {}, [stanza('group_join', { state: 'on' })]),
      ['group_update', 'membership_approval_mode', 'on', []],
    ],
    [
      'who may add',
      stanza('member_add_mode', {}, Buffer.from('all_member_add')),
      ['group_update', 'member_add_mode', 'all_member_add', []],
    ],
    [
      'request',
      stanza('created_membership_requests', { request_method: 'non_admin_add' }, [
        stanza('requested_user', { jid: ben.lid, phone_number: ben.phone }),
      ]),
      ['group_update', 'created_membership_requests', '', [ben.id]],
    ],
    [
      'request of one who has the link',
      stanza('created_membership_requests', { request_method: 'invite_link' }, [
        stanza('requested_user', { jid: ben.lid, phone_number: ben.phone }),
      ]),
      ['group_update', 'membership_approval_request', '', [ben.id]],
    ],
    [
      'request, told to the one who asks',
      stanza('membership_approval_request', { request_method: 'invite_link' }),
      ['group_update', 'membership_approval_request', '', [anna.id]],
    ],
    [
      'request refused',
      stanza('revoked_membership_requests', {}, people),
      ['group_update', 'revoked_membership_requests', '', [ben.id]],
    ],
    ['deleted', stanza('delete', {}), ['group_update', 'delete', '', []]],
    [
      'nobody may come for now',
      stanza('growth_locked', { expiration: '1', type: 'invite' }),
      ['group_update', 'growth_locked', 'invite', []],
    ],
    ['new', stanza('growth_unlocked', {}), ['group_update', 'growth_unlocked', '', []]],
  ];
  for (const [what, change, [name, type, body, recipients]] of cases)
    assert.deepEqual(told(notification([change], byAnna)), [[name, type, body, anna.id, recipients]], what);
});

test('the id is never of an own message, and names the one member that comes, goes or changes, else who did it', () => {
  const byMe = { participant: own.lid ?? '' };
  const both = [benAsMember, participant({ jid: '3@lid' })];
  const me = '491709999999@c.us';
  const asked = stanza('requested_user', { jid: ben.lid, phone_number: ben.phone });
  const cases: [Stanza, Record<string, string>, string | undefined][] = [
    [stanza('add', {}, [benAsMember]), byMe, ben.id],
    [stanza('promote', {}, [benAsMember]), byMe, ben.id],
    [stanza('remove', {}, both), byMe, me],
    [stanza('add', {}, both), byAnna, anna.id],
    [stanza('add', {}, both), {}, undefined],
    [stanza('subject', { subject: 'x' }), byMe, me],
    [stanza('created_membership_requests', { request_method: 'non_admin_add' }, [asked]), byAnna, anna.id],
  ];
  for (const [change, by, whose] of cases) {
    const [event] = recorded(translate(notification([change], by), contextWith())).events;
    assert.ok(event !== undefined && 'notification' in event.data);
    const end = whose === undefined ? '' : `_${whose}`;
    assert.equal(event.data.notification.id._serialized, `false_${group}_2741${end}`);
    assert.equal(event.data.notification.id.participant, whose);
  }
});

test('who removes itself has left, also when only one of two addresses is the same', () => {
  const byBen = { participant: ben.phone, participant_lid: ben.lid };
  assert.deepEqual(told(notification([stanza('remove', {}, [participant({ jid: ben.lid })])], byBen)), [
    ['group_leave', 'leave', '', ben.id, [ben.id]],
  ]);
});

test('who comes by a link did it alone, and who asks too, when nobody is named beside', () => {
  assert.deepEqual(told(notification([stanza('add', { reason: 'invite' }, [benAsMember])])), [
    ['group_join', 'invite', '', ben.id, [ben.id]],
  ]);
  assert.deepEqual(told(notification([stanza('add', {}, [benAsMember])])), [
    ['group_join', 'add', '', undefined, [ben.id]],
  ]);
  assert.deepEqual(told(notification([stanza('created_membership_requests', {})], byAnna)), [
    ['group_update', 'membership_approval_request', '', anna.id, [anna.id]],
  ]);
});

test('several people in one change are one event, several changes are several, each with an id of its own', () => {
  const both = [benAsMember, participant({ jid: '3@lid' }), benAsMember];
  const row = notification([stanza('add', {}, both), stanza('subject', { subject: 'x' })], byAnna);
  const { events } = recorded(translate(row, contextWith()));
  assert.deepEqual(told(row), [
    ['group_join', 'add', '', anna.id, [ben.id, '3@lid']],
    ['group_update', 'subject', 'x', anna.id, []],
  ]);
  const ids = events.map(({ data }) => 'notification' in data && data.notification.id.id);
  assert.deepEqual(ids, ['2741', '2741-2']);
  assert.equal(new Set(events.map(({ identity }) => identity)).size, 2);
});

test('a new group is told as founded, and to who is in it as joined', () => {
  const me = participant({ jid: own.lid ?? '', phone_number: own.phone });
  const ownId = '491709999999@c.us';
  const byMe = { participant: own.lid ?? '' };
  const founder = participant({ jid: anna.lid, phone_number: anna.phone, type: 'superadmin' });
  const cases: [Record<string, string>, Record<string, string>, Stanza[], unknown[]][] = [
    [
      { type: 'new' },
      byAnna,
      [founder, me],
      [
        ['group_update', 'create', 'Club', anna.id, []],
        ['group_join', 'add', '', anna.id, [ownId]],
      ],
    ],
    [{ type: 'new' }, byMe, [me], [['group_update', 'create', 'Club', ownId, []]]],
    [{}, byAnna, [founder, me], [['group_join', 'add', '', anna.id, [ownId]]]],
    [{ reason: 'invite' }, byMe, [me], [['group_join', 'invite', '', ownId, [ownId]]]],
  ];
  for (const [attrs, by, members, expected] of cases)
    assert.deepEqual(told(notification([stanza('create', attrs, [whole(...members)])], by)), expected);
  const row = notification([stanza('create', { type: 'new' }, [whole(founder, me)])], byAnna);
  assert.deepEqual(recorded(translate(row, contextWith())).groups, [
    {
      is: 'known',
      group,
      subject: 'Club',
      members: [
        { jid: anna.lid, role: 'superadmin' },
        { jid: own.lid, role: 'member' },
      ],
    },
  ]);
});

test("that a group's picture is set or removed is told; a person's is none of it", () => {
  const by = { author: anna.lid, author_pn: anna.phone };
  assert.deepEqual(told(picture(stanza('set', { jid: group, id: '77', ...by }))), [
    ['group_update', 'picture', 'set', anna.id, []],
  ]);
  assert.deepEqual(told(picture(stanza('delete', { jid: group, ...by }))), [
    ['group_update', 'picture', 'remove', anna.id, []],
  ]);
  const person = translate(picture(stanza('set', {}), { from: anna.lid }), contextWith());
  assert.equal(person.do, 'ignore');
});

test('what is known of a group follows, and who was noted by phone number is not noted twice', () => {
  const benByPhone: GroupChange = { is: 'left', group, members: [ben.phone] };
  const cases: [Stanza, GroupChange[]][] = [
    [
      stanza('promote', {}, [benAsMember]),
      [benByPhone, { is: 'members', group, members: [{ jid: ben.lid, role: 'admin' }] }],
    ],
    [
      stanza('demote', {}, [benAsMember]),
      [benByPhone, { is: 'members', group, members: [{ jid: ben.lid, role: 'member' }] }],
    ],
    [stanza('remove', {}, [benAsMember]), [{ is: 'left', group, members: [ben.lid, ben.phone] }]],
    [stanza('remove', {}, [participant({ jid: own.phone })]), [{ is: 'gone', group }]],
    [stanza('delete', {}), [{ is: 'gone', group }]],
    [stanza('subject', { subject: 'x' }), [{ is: 'subject', group, subject: 'x' }]],
    [stanza('locked', {}), []],
  ];
  for (const [change, expected] of cases)
    assert.deepEqual(recorded(translate(notification([change], byAnna), contextWith())).groups, expected);
});

test('it needs the other address of everybody that it does not tell itself', () => {
  const row = notification(
    [
      stanza('add', {}, [benAsMember, participant({ jid: '3@lid' })]),
      stanza('create', {}, [stanza('group', { creator: '4@lid', creator_pn: '44444@s.whatsapp.net' }, [])]),
    ],
    { participant: anna.lid },
  );
  assert.deepEqual(needs(row, own), {
    chat: group,
    addresses: [anna.lid, '3@lid'],
    messages: [],
    outgoing: [],
    learned: [
      { lid: ben.lid, phone: ben.phone },
      { lid: '4@lid', phone: '44444@s.whatsapp.net' },
    ],
  });
});

test('the same notification is the same event, whatever is known of who did it', () => {
  assert.equal(identity({ participant: anna.lid }), identity(byAnna));
  assert.notEqual(identity(byAnna), identity({ ...byAnna, id: '2742' }));
});

test('what is malformed is ignored with the reason, or told without what is missing; nothing throws', () => {
  const reasons: [InboxRow, RegExp][] = [
    [notification([stanza('add', {})], { from: anna.lid }), /^malformed: .* without the group$/],
    [notification([stanza('add', {})], { id: '' }), /^malformed: .* usable id$/],
    [notification([stanza('add', {})], { id: 'ä'.repeat(10) }), /^malformed: .* usable id$/],
    [notification(undefined), /^malformed: .* names no change$/],
    [notification(Uint8Array.of(1)), /^malformed: .* names no change$/],
  ];
  for (const [row, reason] of reasons) {
    const result = translate(row, contextWith());
    assert.ok(result.do === 'ignore' && reason.test(result.reason), JSON.stringify(result));
  }
  const broken = ['', 'x', '@', 'a@b@c', '1203@g.us', '\u0000', '\ud800@lid', 'x'.repeat(5000)];
  const tags = [
    'add',
    'remove',
    'create',
    'subject',
    'description',
    'invite',
    'ephemeral',
    'set',
    '',
    'x'.repeat(500),
  ];
  for (const text of broken)
    for (const tag of tags) {
      const people = [
        participant({ jid: text, phone_number: text, lid: text }),
        stanza('group', { creator: text }),
      ];
      const change = stanza(
        tag,
        { subject: text, reason: text, author: text, code: text, expiration: text },
        people,
      );
      const row = notification([change, stanza(tag, {}, text)], {
        participant: text,
        participant_pn: text,
        t: text,
      });
      assert.deepEqual(needs(row, own).learned, []);
      for (const event of recorded(translate(row, contextWith())).events) {
        assertEventShape(event.name, JSON.parse(JSON.stringify(event.data)));
        assert.ok(event.identity !== null && event.identity.length <= 250);
      }
    }
});

function picture(change: Stanza, attrs: Record<string, string> = {}): InboxRow {
  return notification([change], { type: 'picture', ...attrs });
}

function identity(attrs: Record<string, string>): string | null | undefined {
  const row = notification([stanza('add', {}, [benAsMember])], attrs);
  return recorded(translate(row, contextWith())).events[0]?.identity;
}

function whole(...members: Stanza[]): Stanza {
  return stanza('group', { id: '120363025246125486', subject: 'Club', creator: anna.lid }, members);
}

/** The group at the other end of a link. */
const other = '120363025246125499@g.us';

function linked(tag: string, attrs: Record<string, string>): Stanza {
  return stanza(tag, attrs, [stanza('group', { jid: other, subject: 'Other', s_t: '1738934614' })]);
}
