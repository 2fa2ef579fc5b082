import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabases } from '../src/database/testing/databases.ts';
import { fuzzDrain } from './fuzz/fuzz-drain.ts';
import { fuzzTranslation } from './fuzz/fuzz-translation.ts';
import { readWaProto } from './fuzz/wa-proto.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 1);

test('the schema that content is drawn from is the whole of WAProto', () => {
  const { messages, enums } = readWaProto();
  const message = messages.get('Message') ?? [];
  assert.ok(messages.size > 300 && enums.size > 100 && message.length > 80);
  const types = new Map(message.map(({ name, type }) => [name, type]));
  assert.equal(types.get('protocolMessage'), 'Message.ProtocolMessage');
  assert.deepEqual(enums.get('Message.ProtocolMessage.Type')?.slice(0, 2), [0, 3]);
});

test('whatever a row holds, it is translated, and into what the contract and the store can take', (t) => {
  const { broken, ...figures } = fuzzTranslation(seed, (worlds) => worlds < 60);
  t.diagnostic(JSON.stringify(figures));
  assert.deepEqual(broken, []);
  // The rows reach what they are for.
  for (const name of ['record', 'placeholder', 'ignore', 'wait', 'message', 'message_ack'])
    assert.ok((figures.counts[name] ?? 0) > 0, name);
});

for (const { name, open } of testDatabases()) {
  test(`${name}: the drain ends every row, damaged or not, and goes on with the others`, async (t) => {
    const { broken, ...figures } = await fuzzDrain(
      await open(),
      seed,
      (worlds) => worlds < (name === 'SQLite' ? 8 : 3),
    );
    t.diagnostic(JSON.stringify(figures));
    assert.deepEqual(broken, []);
    for (const end of ['done', 'parked', 'message']) assert.ok((figures.counts[end] ?? 0) > 0, end);
  });
}
