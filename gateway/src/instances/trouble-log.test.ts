import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../log.ts';
import { TroubleLog } from './trouble-log.ts';

test('an outage of hours is a few lines: each new reason once, and how often it repeats', () => {
  const { troubles, lines } = logged();
  troubles.ended('The network is gone.');
  for (let time = 0; time < 500; time++) troubles.ended('WhatsApp does not answer.');
  troubles.ended('The network is gone.');
  troubles.ready();
  assert.deepEqual(lines(), [
    'The network is gone.',
    'WhatsApp does not answer.',
    'WhatsApp does not answer. x10',
    'WhatsApp does not answer. x100',
    'The network is gone.',
    'The instance is ready. after 502',
  ]);
});

test('a connection that becomes ready and is lost again and again does not fill the log either', () => {
  const { troubles, lines } = logged();
  troubles.ready();
  for (let time = 0; time < 50; time++) {
    troubles.ended('WhatsApp hung up.');
    troubles.ready();
  }
  assert.deepEqual(lines(), [
    'The instance is ready. after 0',
    'WhatsApp hung up.',
    'The instance is ready. after 1',
    'WhatsApp hung up. x10',
    'The instance is ready. after 1',
  ]);
});

test('after a good connection the same reason is news', () => {
  const { troubles, lines } = logged();
  troubles.ended('WhatsApp hung up.');
  troubles.ready();
  troubles.forget();
  troubles.ended('WhatsApp hung up.');
  assert.equal(lines().filter((line) => line === 'WhatsApp hung up.').length, 2);
});

function logged() {
  const written: string[] = [];
  const log = createLog('info', { write: (line) => written.push(line) });
  return {
    troubles: new TroubleLog(log, 1),
    lines: () =>
      written.map((line) => {
        const row = JSON.parse(line) as { msg: string; times?: number; lostConnections?: number };
        const times = row.times === undefined ? '' : ` x${row.times}`;
        return `${row.msg}${times}${row.lostConnections === undefined ? '' : ` after ${row.lostConnections}`}`;
      }),
  };
}
