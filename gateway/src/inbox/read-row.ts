import type { InboxRow, Lifecycle } from '../events/translation.ts';
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
  const { seq, receivedAt, stanza: bytes, plaintext } = record;
  if (bytes === null) throw new Error('The row has no content.');
  switch (record.kind) {
    case 'lifecycle':
      return {
        kind: 'lifecycle',
        seq,
        receivedAt,
        change: JSON.parse(Buffer.from(bytes).toString()) as Lifecycle,
      };
    case 'stanza':
      return { kind: 'stanza', seq, receivedAt, stanza: codec.decodeStanza(bytes) };
    case 'sent':
      return { kind: 'sent', seq, receivedAt, stanza: codec.decodeStanza(bytes) };
    case 'message': {
      const stanza = codec.decodeStanza(bytes);
      const content =
        plaintext === null || record.state === 'undecided'
          ? null
          : codec.decodePlaintexts(unpackPlaintexts(vault.open(plaintext)));
      return { kind: 'message', seq, receivedAt, stanza, content };
    }
  }
}
