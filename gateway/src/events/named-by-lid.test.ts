import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedByLid } from './named-by-lid.ts';
import { anna, contextWith, messageFromAnna, own, recorded } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { Context, MessageContent } from './translation.ts';

test('whom a message names by LID shows wherever it names him, each once, and not when the number is known', () => {
  const contents: [MessageContent, string[]][] = [
    [{ conversation: 'x' }, []],
    [
      textWith({
        stanzaId: '3EB0Q',
        participant: '2:1@lid',
        remoteJid: '3@lid',
        quotedMessage: { conversation: 'y' },
        mentionedJid: ['4@lid', '2@lid', own.lid, '49170@s.whatsapp.net'],
      }),
      ['4@lid', '2@lid', '3@lid'],
    ],
    [{ orderMessage: { sellerJid: '5:7@lid' } }, ['5@lid']],
    [{ productMessage: { product: {}, businessOwnerJid: '6@hosted.lid' } }, ['6@lid']],
    [{ requestPaymentMessage: { requestFrom: '7@lid' } }, ['7@lid']],
    [{ orderMessage: { sellerJid: anna.lid } }, []],
  ];
  for (const [content, expected] of contents)
    assert.deepEqual(named(content), expected, JSON.stringify(content));
});

test('a number that is known leaves nobody to look up, though the LID is still told beside it', () => {
  const otherForm = new Map([['4@lid', '491700000004@s.whatsapp.net']]);
  const content = textWith({ mentionedJid: ['4@lid'] });
  assert.deepEqual(named(content, { otherForm }), []);
  const [message] = recorded(translate(messageFromAnna(content), contextWith({ otherForm }))).messages;
  assert.deepEqual(message?.data.mentionedIds, ['491700000004@c.us']);
  assert.deepEqual(message?.data._data.mentionedAs, ['4@lid']);
});

function textWith(contextInfo: MessageContent): MessageContent {
  return { extendedTextMessage: { text: 'x', contextInfo } };
}

function named(content: MessageContent, context: Partial<Context> = {}): string[] {
  const { messages } = recorded(translate(messageFromAnna(content), contextWith(context)));
  return messages.flatMap(({ data }) => namedByLid(data));
}
