import type { AppStateChange, InboxRow, Lifecycle } from '../events/translation.ts';
import type { Vault } from '../vault.ts';
import type { Codec } from '../events/codec.ts';
import type { InboxRecord } from './inbox-rows.ts';
import { unpackPlaintexts } from './plaintexts.ts';

/**
 * Decodes a stored row into what `events/` translates. A message that is not decrypted yet reads as one without content.
 *
 * @throws Error when the bytes cannot be read: the row is poison and must be parked.
 */
export function readRow(record: InboxRecord, { codec, vault }: { codec: Codec; vault: Vault }): InboxRow {
  const { seq, receivedAt, stanza, plaintext } = record;
  const bytes = () => {
    if (stanza === null) throw new Error('The row has no content.');
    return stanza;
  };
  const opened = () => {
    if (plaintext === null) throw new Error('The row has no content.');
    return vault.open(plaintext);
  };
  switch (record.kind) {
    case 'history':
      return {
        kind: 'history',
        seq,
        receivedAt,
        chat: text(bytes()),
        messages: unpackPlaintexts(opened()).map((message) => codec.decodePastMessage(message)),
      };
    case 'app-state':
      return { kind: 'app-state', seq, receivedAt, change: JSON.parse(text(opened())) as AppStateChange };
    case 'lifecycle':
      return {
        kind: 'lifecycle',
        seq,
        receivedAt,
        change: JSON.parse(text(bytes())) as Lifecycle,
      };
    case 'stanza':
      return { kind: 'stanza', seq, receivedAt, stanza: codec.decodeStanza(bytes()) };
    case 'sent':
      return { kind: 'sent', seq, receivedAt, stanza: codec.decodeStanza(bytes()) };
    case 'message': {
      const content =
        plaintext === null || record.state !== 'decided'
          ? null
          : codec.decodePlaintexts(unpackPlaintexts(opened()));
      const problem = record.note;
      return { kind: 'message', seq, receivedAt, stanza: codec.decodeStanza(bytes()), content, problem };
    }
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
