import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabases } from '../database/testing/databases.ts';
import type { Stanza } from '../events/translation.ts';
import { encodeStanza } from '../whatsapp/codec.ts';
import type { NewInboxRecord } from './inbox-rows.ts';
import { anna, ben, own, row, sealedText, startDraining, type Contact } from './testing/draining.ts';

const group = '1203@g.us';
const t = '1700000000';

function notification(seq: number, change: Stanza): NewInboxRecord {
  const attrs = { from: group, type: 'w:gp2', id: `N${seq}`, participant: anna.lid, t };
  return stanzaRow(seq, { tag: 'notification', attrs, content: [change] });
}

function founded(seq: number): NewInboxRecord {
  const people = [anna, ben, { lid: own.lid ?? '', phone: own.phone }];
  const members = people.map(({ lid, phone }) => {
    return { tag: 'participant', attrs: { jid: lid, phone_number: phone } };
  });
  const whole = { tag: 'group', attrs: { id: '1203', subject: 'Club' }, content: members };
  return notification(seq, { tag: 'create', attrs: { type: 'new' }, content: [whole] });
}

/** A text that the own handset has written to the group. */
function written(seq: number, text: string): NewInboxRecord {
  const attrs = { from: group, participant: own.lid ?? '', id: text, t, type: 'text' };
  return row(seq, 'message', {
    stanza: encodeStanza({ tag: 'message', attrs }),
    plaintext: sealedText(text),
  });
}

function receipt(seq: number, from: Contact, id: string, type?: string): NewInboxRecord {
  const attrs = { from: group, participant: from.lid, id, t, ...(type === undefined ? {} : { type }) };
  return stanzaRow(seq, { tag: 'receipt', attrs });
}

function stanzaRow(seq: number, stanza: Stanza): NewInboxRecord {
  return row(seq, 'stanza', { stanza: encodeStanza(stanza as Parameters<typeof encodeStanza>[0]) });
}

for (const { name, open } of testDatabases()) {
  test(`${name}: what one page tells of a group counts for the rest of the page, and after a restart`, async () => {
    const draining = await startDraining(await open());
    draining.drain.offlineSync(true);
    await draining.put(
      founded(1),
      written(2, 'TWO'),
      receipt(3, anna, 'TWO'),
      receipt(4, ben, 'TWO'),
      notification(5, {
        tag: 'remove',
        attrs: {},
        content: [{ tag: 'participant', attrs: { jid: ben.lid } }],
      }),
      written(6, 'ONE'),
      receipt(7, anna, 'ONE', 'read'),
      receipt(8, anna, 'TWO', 'read'),
    );
    const first = [
      'group_update',
      'group_join',
      'message_create TWO',
      'message_ack TWO 2',
      'group_leave',
      'message_create ONE',
      'message_ack ONE 3',
    ];
    await draining.drain.whenIdle();
    assert.deepEqual(await draining.told(), first);

    const next = await draining.restart();
    next.drain.offlineSync(true);
    await next.put(founded(9), receipt(10, anna, 'TWO', 'read'), receipt(11, ben, 'TWO', 'read'));
    await next.drain.whenIdle();
    const more = ['group_update', 'group_join', 'message_ack TWO 3'];
    assert.deepEqual(await next.told(), [...first, ...more]);
  });

  test(`${name}: a notification that comes again is told once`, async () => {
    const draining = await startDraining(await open());
    const again = { ...founded(1), seq: 2 };
    await draining.put(founded(1), again);
    await draining.drain.whenIdle();
    assert.deepEqual(await draining.told(), ['group_update', 'group_join']);
    assert.equal((await draining.groups.find(group))?.members.size, 3);
  });
}
