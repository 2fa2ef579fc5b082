import type { Drawing } from '../support/drawing.ts';

/** Who and what is spoken of: few, so that later rows speak of what earlier ones told. */
const people = [
  '491701234567@s.whatsapp.net',
  '491701234567:7@s.whatsapp.net',
  '153978989985921@lid',
  '153978989985921:3@lid',
  '491701234568@s.whatsapp.net',
  '153978989985922@lid',
  '491709999999@s.whatsapp.net',
  '491709999999:5@s.whatsapp.net',
  '900000000000001@lid',
];
const places = ['120363000000000001@g.us', 'status@broadcast', '1234@broadcast', '120363@newsletter'];
const oddJids = [
  '',
  '@',
  's.whatsapp.net',
  '0@s.whatsapp.net',
  'x@lid',
  '1@c.us',
  'a:b@g.us',
  '13135550002@bot',
];

/** A jid of the wire: mostly a good one. */
export function drawJid(draw: Drawing): string {
  const kind = draw.weighted({ person: 12, place: 5, odd: 1, text: 1 });
  switch (kind) {
    case 'person':
      return draw.one(people);
    case 'place':
      return draw.one(places);
    case 'odd':
      return draw.one(oddJids);
    case 'text':
      return drawText(draw);
  }
}

/** The id of a message: one of a few, or anything. */
export function drawId(draw: Drawing): string {
  if (draw.onceIn(12)) return drawText(draw);
  const start = draw.one(['3EB0', '3A', 'AC']);
  return `${start}${draw.below(40).toString(16).toUpperCase().padStart(18, '0')}`;
}

/** Any text; as `fromWire` only what UTF-8 can carry. */
export function drawText(draw: Drawing): string {
  const kind = draw.weighted({ word: 8, odd: 4, empty: 1, long: 1 });
  switch (kind) {
    case 'word':
      return draw.one(['hello', '👍', 'https://example.com/a', 'www.exаmple.com', '0', '-1', 'true', 'add']);
    case 'odd':
      return draw.one(oddTexts);
    case 'empty':
      return '';
    case 'long':
      return draw.one(['x', 'é ', '\u0000', 'http://a.b ', '@']).repeat(1 + draw.below(4000));
  }
}

const oddTexts = [
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfff y',
  '\u2028\u2029',
  '\ufeff',
  '"\\\n\r\t',
  '__proto__',
  'constructor',
  'toString',
  '\u202egnp.exe',
  '<script>',
  "'; drop table inbox; --",
  '👨‍👩‍👧‍👦🏳️‍🌈',
  '{}',
  'NaN',
  '1e999',
  '9007199254740993',
];

export function drawNumber(draw: Drawing): number {
  return draw.one([
    0,
    1,
    2,
    3,
    -1,
    127,
    128,
    1_669_994_807,
    1_669_994_807_123,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    -0,
    0.1,
    -1e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    draw.below(2 ** 31),
  ]);
}

export function drawBytes(draw: Drawing): Uint8Array {
  const length = draw.weighted({ none: 1, few: 6, key: 6, many: 1 });
  const lengths = { none: 0, few: draw.below(12), key: 32, many: draw.below(5000) };
  return Uint8Array.from({ length: lengths[length] }, () => draw.below(256));
}
