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
    case 'past':
      return {
        kind: record.kind,
        seq,
        receivedAt,
        chat: text(bytes()),
        messages: unpackPlaintexts(opened()).map((message) => codec.decodePastMessage(message)),
      };
    case 'app-state':
      return { kind: 'app-state', seq, receivedAt, change: readAppStateChange(text(opened())) };
    case 'lifecycle':
      return {
        kind: 'lifecycle',
        seq,
        receivedAt,
        change: readLifecycle(text(bytes())),
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

/** @throws Error when the text is no change of a setting: its bytes are damaged. */
function readAppStateChange(json: string): AppStateChange {
  const change = JSON.parse(json) as Partial<AppStateChange> | null;
  const { index, operation } = change ?? {};
  const isWhole = Array.isArray(index) && index.every((part) => typeof part === 'string');
  if (!isWhole || (operation !== 'set' && operation !== 'remove'))
    throw new Error('The row holds no change of a setting.');
  return change as AppStateChange;
}

/** @throws Error when the text is no change of the connection: its bytes are damaged. */
function readLifecycle(json: string): Lifecycle {
  const change = JSON.parse(json) as Partial<Lifecycle> | null;
  const fields = Object.entries(lifecycleFields.get(String(change?.is)) ?? { is: 'nothing of these' });
  if (!fields.every(([name, type]) => typeof Reflect.get(change ?? {}, name) === type))
    throw new Error('The row holds no change of the connection.');
  return change as Lifecycle;
}

/** What each change has beside its name. */
const lifecycleFields = new Map<string, Readonly<Record<string, 'string' | 'number'>>>(
  Object.entries({
    qr: { code: 'string', base64: 'string' },
    loading_screen: { percent: 'number', message: 'string' },
    authenticated: {},
    auth_failure: { message: 'string' },
    ready: {},
    disconnected: { reason: 'string' },
    change_state: { state: 'string' },
  } as const satisfies Record<Lifecycle['is'], unknown>),
);

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
