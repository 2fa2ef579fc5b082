import '../../../test/support/baileys-timers.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';
import { startSimulator, type Phone, type Simulator } from '@eazewa/simulator';
import { systemClock, type Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { openDatabase } from '../../database/open-database.ts';
import { EventIds } from '../../ids.ts';
import { Inboxes } from '../../inbox/inboxes.ts';
import type { Connection, ConnectionEnd, ConnectionListener } from '../../instances/connection.ts';
import { phoneJid } from '../../jid.ts';
import { createLog } from '../../log.ts';
import { createBlobs } from '../../media/blobs.ts';
import { insertOutgoing } from '../../messages/outgoing-store.ts';
import { createVault } from '../../vault.ts';
import { codec } from '../codec.ts';
import { createConnector } from '../connector.ts';

export interface WhatsappWorldOptions {
  /** Opens the store, in place of a SQLite file in a temporary folder; who opens it closes it. */
  readonly open?: () => Promise<Database>;
  /** Puts something between the gateway and its store. */
  readonly wrap?: (database: Database) => Database;
  readonly clock?: Clock;
}

/** A simulator, and what stands between it and the recorded events: connections with inboxes on a real store. */
export interface WhatsappWorld {
  readonly simulator: Simulator;
  readonly database: Database;
  /** Links a new instance with the phone and waits until it is ready. */
  readonly link: (id: number, owner: Phone) => Promise<LinkedInstance>;
  /** Reads the SQLite file beside the gateway, at once: what is on disk at this moment. */
  readonly onDisk: (query: string) => Record<string, unknown>[];
}

export interface LinkedInstance {
  readonly id: number;
  readonly owner: Phone;
  /** The present one. */
  readonly connection: () => Connection;
  /** Sends a text, to a group too, under a message id of the test's choice. */
  readonly send: (id: string, to: Pick<Phone, 'jid'>, text: string) => Promise<void>;
  /** How the present connection ended. */
  readonly closed: () => Promise<ConnectionEnd>;
  /** Opens the next connection; resolves when it is ready. */
  readonly reconnect: () => Promise<void>;
}

/** The one of every test world. */
export const vault = createVault(Buffer.alloc(32, 1));

/** The end of the test ends it. */
export async function startWhatsappWorld(options: WhatsappWorldOptions = {}): Promise<WhatsappWorld> {
  const simulator = await startSimulator();
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-whatsapp-'));
  const path = join(folder, 'test.sqlite');
  const opened = await (options.open?.() ?? openDatabase(path));
  const database = options.wrap?.(opened) ?? opened;
  const log = createLog('silent');
  const owners = new Map<number, Phone>();
  const linked: LinkedInstance[] = [];
  const inboxes = new Inboxes({
    database,
    vault,
    clock: options.clock ?? systemClock,
    log,
    codec,
    own: (instanceId) => {
      const owner = owners.get(instanceId);
      return { instanceId, phone: phoneJid(owner?.number ?? ''), lid: owner?.lidJid ?? null };
    },
    webhooks: () => [],
    eventIds: new EventIds(null),
    onEvents: () => undefined,
    onDeliveries: () => undefined,
    onUncertain: () => undefined,
    onAnswer: () => undefined,
  });
  const clock = options.clock ?? systemClock;
  const host = { host: simulator.media.host, ca: simulator.mediaCa };
  const blobs = createBlobs({ clock, host });
  const connector = createConnector({
    database,
    clock: options.clock ?? systemClock,
    log,
    settings: { url: simulator.url, rootKey: simulator.rootPublicKey, mediaCa: null, version: null },
    blobs,
    inboxOf: async (id) => {
      const { inbox, drain, groups } = await inboxes.open(id);
      return {
        inbox,
        groups,
        offlineSync: (ended) => drain.offlineSync(ended),
        whenDrained: () => drain.whenIdle(),
      };
    },
  });
  const reader = options.open === undefined ? new DatabaseSync(path, { readOnly: true }) : null;
  after(async () => {
    await Promise.all(linked.map((instance) => instance.connection().close()));
    await Promise.all(linked.map(({ id }) => inboxes.close(id)));
    blobs.close();
    await simulator.stop();
    reader?.close();
    if (reader !== null) await opened.close();
    await rm(folder, { recursive: true });
  });

  const openReady = async (id: number, owner: Phone) => {
    const instance = {
      id,
      name: '',
      state: 'booting',
      stateReason: null,
      createdAt: 0,
      linkedAt: null,
    } as const;
    const { listener, qr, ready, closed } = listening();
    const connection = await connector.open(
      { ...instance, phone: null, lid: null, pushName: null },
      listener,
    );
    qr.promise.then(
      (code) => owner.scan(code),
      () => undefined,
    );
    const isReady = await Promise.race([ready.promise, closed.promise.then(() => false)]);
    return { connection, closed: closed.promise, isReady };
  };

  return {
    simulator,
    database,
    onDisk(query) {
      if (reader === null) throw new Error('Only a SQLite file can be read at once.');
      return reader.prepare(query).all();
    },
    link: async (id, owner) => {
      owners.set(id, owner);
      let current = await openReady(id, owner);
      // After linking WhatsApp asks for a fresh connection.
      if (!current.isReady) current = await openReady(id, owner);
      const instance: LinkedInstance = {
        id,
        owner,
        connection: () => current.connection,
        send: async (messageId, to, text) => {
          const content = await connector.compose({ text, mentions: [] });
          const stored = { id: messageId, to: to.jid, content: vault.seal(content), createdAt: Date.now() };
          // Whoever asks for it again gets what is stored.
          await database.commit([insertOutgoing(id, stored, null)]);
          await current.connection.send({ id: messageId, to: to.jid, content, isRepeated: false });
        },
        closed: () => current.closed,
        reconnect: async () => {
          current = await openReady(id, owner);
        },
      };
      linked.push(instance);
      return instance;
    },
  };
}

function listening() {
  const qr = Promise.withResolvers<string>();
  const ready = Promise.withResolvers<true>();
  const closed = Promise.withResolvers<ConnectionEnd>();
  const listener: ConnectionListener = {
    qr: (code) => qr.resolve(code),
    loading: () => undefined,
    authenticated: () => undefined,
    ready: () => ready.resolve(true),
    closed: (end) => closed.resolve(end),
  };
  return { listener, qr, ready, closed };
}
