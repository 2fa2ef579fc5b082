import type { NewInboxRecord } from '../../src/inbox/inbox-rows.ts';
import { packPlaintexts } from '../../src/inbox/plaintexts.ts';
import { row, vault } from '../../src/inbox/testing/draining.ts';
import { encodeStanza } from '../../src/whatsapp/codec.ts';
import type { Drawing } from '../support/drawing.ts';
import { drawContentBytes, drawPastBytes, drawRow } from './draw-row.ts';
import { drawBytes } from './draw-values.ts';

/** An inbox row as the store has it. One in four is damaged: bits flipped, cut off, emptied, or bytes of something else. */
export function drawRecord(draw: Drawing, seq: number): NewInboxRecord {
  const isDamaged = draw.onceIn(4);
  const spoilt = <T extends Uint8Array | null>(bytes: T) =>
    isDamaged && bytes ? damaged(draw, bytes) : bytes;
  const drawn = drawRow(draw, seq);
  switch (drawn.kind) {
    case 'stanza':
    case 'sent':
      return row(seq, drawn.kind, { stanza: spoilt(stored(drawn.stanza)) });
    case 'lifecycle':
      return row(seq, 'lifecycle', { stanza: spoilt(Buffer.from(JSON.stringify(drawn.change))) });
    case 'app-state':
      return row(seq, 'app-state', { plaintext: seal(spoilt(Buffer.from(JSON.stringify(drawn.change)))) });
    case 'history':
    case 'past': {
      const messages = Array.from({ length: draw.below(4) }, () => drawPastBytes(draw));
      const plaintext = seal(spoilt(packPlaintexts(messages)));
      return row(seq, drawn.kind, { stanza: Buffer.from(drawn.chat), plaintext });
    }
    case 'message': {
      const contents = Array.from({ length: draw.onceIn(8) ? 2 : 1 }, () =>
        padded(spoilt(drawContentBytes(draw))),
      );
      const packed = packPlaintexts(contents);
      const plaintext = seal(draw.onceIn(20) ? spoilt(packed) : packed);
      const stanza = draw.onceIn(3) ? spoilt(stored(drawn.stanza)) : stored(drawn.stanza);
      const isOpen = draw.onceIn(12);
      return row(seq, 'message', {
        stanza,
        hash: Buffer.from([seq >> 16, seq >> 8, seq & 255]),
        plaintext: isOpen ? null : draw.onceIn(30) ? damaged(draw, plaintext) : plaintext,
        state: isOpen ? 'undecryptable' : 'decided',
      });
    }
  }
}

function seal(bytes: Uint8Array): Uint8Array {
  return vault.seal(bytes);
}

/** As the gateway stores what it takes in: null for what the encoder refuses. */
function stored(stanza: Parameters<typeof encodeStanza>[0] | object): Uint8Array | null {
  try {
    return encodeStanza(stanza as Parameters<typeof encodeStanza>[0]);
  } catch {
    return null;
  }
}

function padded(content: Uint8Array): Uint8Array {
  return Buffer.concat([content, Uint8Array.of(1)]);
}

function damaged(draw: Drawing, bytes: Uint8Array): Uint8Array {
  const how = draw.weighted({ flip: 6, cut: 4, empty: 1, other: 1 });
  switch (how) {
    case 'flip': {
      const copy = Uint8Array.from(bytes);
      for (let count = 1 + draw.below(3); count > 0 && copy.length > 0; count--)
        copy[draw.below(copy.length)]! ^= 1 << draw.below(8);
      return copy;
    }
    case 'cut':
      return bytes.slice(0, draw.below(bytes.length + 1));
    case 'empty':
      return new Uint8Array(0);
    case 'other':
      return drawBytes(draw);
  }
}
