import { Addresses } from '../../chats/addresses.ts';
import type { Database, Row } from '../../database/database.ts';
import { sql } from '../../database/sql.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { Lifecycle } from '../../events/translation.ts';
import { InstanceInbox } from '../../inbox/instance-inbox.ts';
import { noDrain } from '../../inbox/testing/no-drain.ts';
import { createLog } from '../../log.ts';
import { createVault } from '../../vault.ts';
import { InstanceManager } from '../manager.ts';
import { turns } from '../../testing/until.ts';
import { ScriptedConnector } from './scripted-connector.ts';

/** A manager with scripted connections on a store, and a clock that stands still. */
export interface Managing {
  readonly manager: InstanceManager;
  readonly connector: ScriptedConnector;
  readonly clock: FakeClock;
  /** Stops this manager and starts another one on the same store. */
  readonly restart: () => Promise<Managing>;
  /** The names of what the inbox holds for receivers, in order. */
  readonly told: (id: number) => Promise<string[]>;
  readonly stored: (id: number) => Promise<Row | undefined>;
}

export async function managerOn(database: Database, openingAtOnce = 20, random = () => 1): Promise<Managing> {
  const clock = new FakeClock();
  const connector = new ScriptedConnector();
  const vault = createVault(Buffer.alloc(32));
  const manager = new InstanceManager({
    database,
    clock,
    log: createLog('silent'),
    connector,
    openInbox: (id) =>
      InstanceInbox.open(id, { database, vault, clock }, new Addresses(database, id), noDrain),
    closeInbox: async () => undefined,
    onReady: () => undefined,
    removeWebhooks: async () => undefined,
    openingAtOnce,
    random,
  });
  await manager.start();
  return {
    manager,
    connector,
    clock,
    restart: async () => {
      await manager.stop();
      return managerOn(database, openingAtOnce, random);
    },
    told: async (id: number): Promise<string[]> => {
      const rows = await database.all<{ stanza: Uint8Array }>(
        sql`select stanza from inbox where instance_id = ${id} and kind = 'lifecycle' order by seq`,
      );
      return rows.map(({ stanza }) => (JSON.parse(Buffer.from(stanza).toString()) as Lifecycle).is);
    },
    stored: (id: number) => database.first(sql`select * from instances where id = ${id}`),
  };
}

/** Long enough for all that waits for nothing but promises. */
export async function settle(): Promise<void> {
  await turns(5);
}
