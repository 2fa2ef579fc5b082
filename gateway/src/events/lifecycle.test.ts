import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertShape, eventShapes } from './contract-shape-for-tests.ts';
import { needs } from './needs.ts';
import { contextWith, own, recorded } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { InboxRow, Lifecycle } from './translation.ts';

test('each change of the connection is the event of its name', () => {
  const cases: [Lifecycle, object][] = [
    [
      { is: 'qr', code: '2@abc', base64: 'data:image/png;base64,AA==' },
      { qr: '2@abc', base64: 'data:image/png;base64,AA==' },
    ],
    [
      { is: 'loading_screen', percent: 40, message: 'WhatsApp' },
      { percent: 40, message: 'WhatsApp' },
    ],
    [{ is: 'authenticated' }, {}],
    [{ is: 'auth_failure', message: 'logged out' }, { message: 'logged out' }],
    [{ is: 'ready' }, { status: 'ready' }],
    [{ is: 'disconnected', reason: 'LOGOUT' }, { reason: 'LOGOUT' }],
    [{ is: 'change_state', state: 'CONNECTED' }, { state: 'CONNECTED' }],
  ];
  for (const [change, data] of cases) {
    const row: InboxRow = { kind: 'lifecycle', seq: 1, receivedAt: 1, change };
    assert.equal(needs(row, own).chat, null);
    const { events, messages } = recorded(translate(row, contextWith()));
    assert.deepEqual(events, [{ name: change.is, data, identity: null }]);
    assert.deepEqual(messages, []);
    assertShape(events[0]?.data, eventShapes.get(change.is) ?? null);
  }
});
