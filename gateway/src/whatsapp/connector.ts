import './mend-libsignal.ts';
import { Agent } from 'node:https';
import {
  fetchLatestWaWebVersion,
  generateWAMessageContent,
  proto,
  WA_CERT_DETAILS,
  type WAVersion,
} from 'baileys';
import type { Connection, ConnectionListener, Connector, MessageText } from '../instances/connection.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import type { Clock } from '../clock.ts';
import type { Groups } from '../groups/group-store.ts';
import type { Blobs } from '../media/blobs.ts';
import { failPending } from '../messages/outgoing-store.ts';
import type { Database } from '../database/database.ts';
import type { Instance } from '../instances/instance.ts';
import type { Log } from '../log.ts';
import { forgetCreds } from './auth-state.ts';
import { baileysLog } from './baileys-log.ts';
import { openConnection } from './connection.ts';
import { mendFetch } from './mend-fetch.ts';
import { mendSenderKeys } from './mend-sender-keys.ts';

export interface ConnectorParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: WhatsappSettings;
  /** What is at the media server and belongs to no message. */
  readonly blobs: Blobs;
  /** The inbox of an instance, and what to tell its drain. */
  readonly inboxOf: (instanceId: number) => Promise<{
    inbox: InstanceInbox;
    groups: Groups;
    offlineSync: (ended: boolean) => void;
    whenDrained: () => Promise<void>;
  }>;
}

export interface WhatsappSettings {
  readonly url: string;
  /** The public key that signs the server's certificates; WhatsApp's own when null. Only for a simulator. */
  readonly rootKey: Uint8Array | null;
  /** Certificates in PEM that the media server's is checked with; the usual ones when null. Only for a simulator. */
  readonly mediaCa: string | null;
  /** null: asked for at the first connection, Baileys' own when that fails. */
  readonly version: readonly [number, number, number] | null;
}

/** The way to WhatsApp, by Baileys. */
export function createConnector(parts: ConnectorParts): Connector {
  mendSenderKeys();
  mendFetch();
  // The root is one variable of the library, for the whole process: real and simulated accounts never share one.
  if (parts.settings.rootKey !== null) WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(parts.settings.rootKey);
  let version: Promise<WAVersion | undefined> | null = null;
  const { mediaCa } = parts.settings;
  const mediaAgent = mediaCa === null ? undefined : new Agent({ ca: mediaCa });
  return {
    async open(instance: Instance, listener: ConnectionListener): Promise<Connection> {
      version ??= chooseVersion(parts);
      const { inbox, groups, offlineSync, whenDrained } = await parts.inboxOf(instance.id);
      offlineSync(false);
      return openConnection({
        inbox,
        groups,
        listener,
        onOfflineSyncEnded: () => offlineSync(true),
        whenDrained,
        log: parts.log,
        linkedAt: instance.linkedAt ?? parts.clock.now(),
        url: parts.settings.url,
        mediaAgent,
        blobs: parts.blobs,
        version: await version,
      });
    },
    async forget(instanceId) {
      const unsent = failPending(
        instanceId,
        'The number was unlinked before it was sent.',
        parts.clock.now(),
      );
      await parts.database.commit([forgetCreds(instanceId), unsent]);
    },
    async compose({ text, mentions }: MessageText) {
      const content = await generateWAMessageContent(
        { text, mentions: [...mentions], linkPreview: null },
        {
          logger: baileysLog(parts.log, 0),
          upload: () => Promise.reject(new Error('A text has nothing to upload.')),
        },
      );
      return proto.Message.encode(content).finish();
    },
  };
}

const versionTimeoutMs = 5000;

async function chooseVersion({ settings, log }: ConnectorParts): Promise<WAVersion | undefined> {
  if (settings.version !== null) return [...settings.version];
  if (settings.rootKey !== null) return undefined; // A simulator takes any.
  const latest = await fetchLatestWaWebVersion({ signal: AbortSignal.timeout(versionTimeoutMs) }).catch(
    () => null,
  );
  if (latest?.isLatest === true) return latest.version;
  log.warn(
    {},
    'The current WhatsApp Web version could not be fetched; the one that Baileys brings is announced.',
  );
  return undefined;
}
