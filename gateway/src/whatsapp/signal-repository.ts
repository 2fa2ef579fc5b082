import { DEFAULT_CONNECTION_CONFIG, type SignalAuthState, type SignalRepositoryWithLIDStore } from 'baileys';
import { LIDMappingStore } from 'baileys/lib/Signal/lid-mapping.js';
import type { Statement } from '../database/sql.ts';
import type { InboxRecord } from '../inbox/inbox-rows.ts';
import type { RowTaker } from '../inbox/instance-inbox.ts';
import { kindOf } from '../jid.ts';
import type { BaileysLog } from './baileys-log.ts';
import type { DurableWrites } from './durable-writes.ts';
import type { KeyStore } from './key-store.ts';
import type { Decrypted, OpenMessages } from './open-messages.ts';

export interface RepositoryParts {
  readonly keys: KeyStore;
  readonly messages: OpenMessages;
  readonly writes: DurableWrites;
  readonly taker: RowTaker;
}

type LookUpLids = (phones: string[]) => Promise<{ lid: string; pn: string }[] | undefined>;

/**
 * Baileys' own signal repository over our transaction domain: every operation that moves a ratchet is one unit of work
 * under one mutex per connection, and decryption decides inbox rows in that unit.
 *
 * When the store fails, an operation stays pending for ever: an error would count as a message that cannot be
 * decrypted, and Baileys would answer WhatsApp with that. The connection is fenced by then and goes away.
 */
export function makeSignalRepository(parts: RepositoryParts) {
  return (auth: SignalAuthState, log: BaileysLog, lookUpLids?: LookUpLids): SignalRepositoryWithLIDStore => {
    const { keys, messages, writes, taker } = parts;
    // Inside an operation nobody asks the network: libsignal's queue is shared by all accounts, and a slow answer to
    // one would hold the contact for the others. The look-up happens before, on the mapping that Baileys sees.
    const stock = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
      { creds: auth.creds, keys: keys.repositoryKeys },
      log,
      noLookUp,
    );
    const lidMapping = new LIDMappingStore(keys.repositoryKeys, log, lookUpLids);
    const inUnit = <T>(operation: (unit: Statement[]) => Promise<T>) =>
      unlessFenced(keys.inUnit(operation), writes);
    /** The row goes to the drain once its unit is staged: what is recorded of it must be written after it. */
    const decrypt = async (ciphertext: Uint8Array, stockDecrypt: () => Promise<Uint8Array>) => {
      let row: InboxRecord | null = null;
      const operation = async (unit: Statement[]): Promise<Decrypted> => {
        const decrypted = await messages.decrypt(ciphertext, unit, stockDecrypt);
        ({ row } = decrypted);
        return decrypted;
      };
      const written = () => (row === null ? taker.kick() : taker.written(row));
      const lost = () => row !== null && taker.lost();
      const decrypted = await unlessFenced(keys.inUnit(operation, written, lost), writes);
      if (decrypted.row !== null) taker.hand(decrypted.row);
      return decrypted.plaintext;
    };
    const knowLid = async (jid: string) => {
      if (kindOf(jid) === 'phone') await lidMapping.getLIDForPN(jid);
    };
    return {
      ...stock,
      lidMapping,
      async decryptMessage(args) {
        await knowLid(args.jid);
        return decrypt(args.ciphertext, () => stock.decryptMessage(args));
      },
      decryptGroupMessage: (args) => decrypt(args.msg, () => stock.decryptGroupMessage(args)),
      processSenderKeyDistributionMessage: (args) =>
        inUnit(() => stock.processSenderKeyDistributionMessage(args)),
      async encryptMessage(args) {
        await knowLid(args.jid);
        return inUnit(() => stock.encryptMessage(args));
      },
      encryptGroupMessage: (args) => inUnit(() => stock.encryptGroupMessage(args)),
      getSenderKeyDistributionMessage: (args) => inUnit(() => stock.getSenderKeyDistributionMessage(args)),
      async injectE2ESession(args) {
        await knowLid(args.jid);
        return inUnit(() => stock.injectE2ESession(args));
      },
      migrateSession: (from, to) => inUnit(() => stock.migrateSession(from, to)),
      deleteSession: (jids) => inUnit(() => stock.deleteSession(jids)),
      close() {
        stock.close?.();
        lidMapping.close();
      },
    };
  };
}

async function unlessFenced<T>(operation: Promise<T>, writes: DurableWrites): Promise<T> {
  try {
    const result = await operation;
    return writes.isFenced ? await never<T>() : result;
  } catch (error) {
    if (writes.isFenced) return never<T>();
    throw error;
  }
}

/** Stands in for a look-up in the network. */
function noLookUp(): Promise<undefined> {
  return Promise.resolve(undefined);
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
