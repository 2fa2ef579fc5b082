import { join } from 'node:path';
import {
  addressRanges,
  bytes32,
  databaseLocation,
  hostAndPort,
  oneOf,
  orNull,
  plainText,
  proxyAddress,
  publicAddress,
  signingKey,
  socketAddress,
  token,
  version,
  webAddress,
  wholeNumber,
} from './config-values.ts';
import { nearest } from './nearest.ts';

/** How the gateway runs. `readConfig` makes it from the environment; tests write one by hand. */
export interface Config {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Folder for what the gateway writes itself: the key file, and the database if it is SQLite's default one. */
  readonly dataDir: string;
  /** A file path, or a `postgres://` URL. */
  readonly database: string;
  /** 32 bytes; null: the key is in `keyFile`, made there at the first start. */
  readonly secretKey: Uint8Array | null;
  readonly keyFile: string;
  /** null: made at the first start and shown once. */
  readonly adminToken: string | null;
  readonly logLevel: LogLevel;
  /** null: WhatsApp itself. */
  readonly whatsappUrl: string | null;
  /** Public key (32 bytes) that signs the server's certificate; null: WhatsApp's own. Only with `whatsappUrl`. */
  readonly whatsappRootKey: Uint8Array | null;
  /** Where WhatsApp keeps files: a name, perhaps with `:port`; null: WhatsApp's own. Only with `whatsappUrl`. */
  readonly whatsappMediaHost: string | null;
  /** Certificates in PEM, or the path of a file of them, that this host's is checked with. Only with that. */
  readonly whatsappMediaCa: string | null;
  /** WhatsApp Web version to announce; null: asked for at start. */
  readonly whatsappVersion: readonly [number, number, number] | null;
  /** Connections to WhatsApp that may be in the middle of being opened at the same time. */
  readonly openingAtOnce: number;
  readonly webhookDeadlineMs: number;
  readonly webhookLanes: number;
  /** Address ranges (CIDR) that webhooks may reach although they are private. */
  readonly allowWebhookAddresses: readonly string[];
  /** Largest file that is fetched or sent. */
  readonly mediaLimitBytes: number;
  /** How long a link to a file works. */
  readonly mediaLinkHours: number;
  /** Address ranges (CIDR) that a file to send may come from although they are private. */
  readonly allowMediaAddresses: readonly string[];
  /** `http://[user:password@]host:port` of the proxy that webhooks go through; null for none. */
  readonly webhookProxy: string | null;
  /** Attempts that may begin per second at one host, of all webhooks together; 0: no limit. */
  readonly hostAttemptsPerSecond: number;
  /** Where operational events go; null: to the log only. Its path may be a secret. */
  readonly operatorWebhookUrl: string | null;
  /** `whsec_` and base64: signs the requests to `operatorWebhookUrl`; null: they are not signed. */
  readonly operatorWebhookSecret: string | null;
  /** Free space, in percent of the disk and at most 1 GiB, below which nothing is taken from WhatsApp; 0: not watched. */
  readonly diskFloorPercent: number;
  /** How long what recognises a repetition is kept: inbox rows and the identities of events. */
  readonly keepInboxDays: number;
  /** How long events are kept, with their deliveries and attempts. */
  readonly keepEventsDays: number;
  readonly keepMessagesDays: number;
  /** How long messages that programs sent are kept as they were sent. */
  readonly keepOutgoingDays: number;
  readonly bodyLimitBytes: number;
  /** Without a trailing slash; null: what each request was addressed to. */
  readonly publicUrl: string | null;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One row of the table of settings. `docs/configure.md` and `.env.example` are written from it. */
export interface Setting<T> {
  readonly name: `EAZEWA_${string}`;
  /** What a value looks like, in plain words: completes "must be ...". */
  readonly type: string;
  /** As it would be written in the environment; empty for none. */
  readonly default: string;
  /** What happens without a value, when `default` is empty. */
  readonly defaultText?: string;
  readonly help: string;
  /** A wrong value is not repeated in the error. */
  readonly secret?: boolean;
  /** The value, or undefined when the text is not one. */
  readonly read: (text: string) => T | undefined;
}

type Settings = Omit<Config, 'database' | 'keyFile'> & { readonly database: string | null };

export const settingsTable: { readonly [Key in keyof Settings]: Setting<Settings[Key]> } = {
  host: {
    name: 'EAZEWA_HOST',
    type: 'an address or host name',
    default: '127.0.0.1',
    help: 'Address to listen on. With a loopback address, and no `EAZEWA_PUBLIC_URL` that leads elsewhere, webhooks on this machine are allowed; else none on private addresses.',
    read: plainText,
  },
  port: {
    name: 'EAZEWA_PORT',
    type: 'a whole number from 0 to 65535',
    default: '3000',
    help: 'Port to listen on; 0 picks a free one.',
    read: wholeNumber(0, 65_535),
  },
  dataDir: {
    name: 'EAZEWA_DATA_DIR',
    type: 'a folder',
    default: 'data',
    help: 'Folder for what the gateway writes: the SQLite database and the key file `secret.key`.',
    read: plainText,
  },
  database: {
    name: 'EAZEWA_DATABASE',
    type: 'a file path or a postgres:// URL',
    default: '',
    defaultText: '`eazewa.db` in `EAZEWA_DATA_DIR`',
    help: 'Where everything is stored: a SQLite file, or a PostgreSQL database.',
    secret: true,
    read: orNull(databaseLocation),
  },
  secretKey: {
    name: 'EAZEWA_SECRET_KEY',
    type: '32 bytes as 64 hex digits or as base64',
    default: '',
    defaultText: 'made at the first start, in `secret.key` in `EAZEWA_DATA_DIR`',
    help: 'Encrypts, in the database, the WhatsApp credentials, the Signal keys, messages until they are events, and the secrets of webhooks. Keep a copy in a safe place: without it every number must be linked again.',
    secret: true,
    read: orNull(bytes32),
  },
  adminToken: {
    name: 'EAZEWA_ADMIN_TOKEN',
    type: '32 to 200 letters, digits or the signs - . _ ~ + / =',
    default: '',
    defaultText: 'made at the first start and shown once',
    help: 'The token that may do everything. A new value replaces the old one at the next start.',
    secret: true,
    read: orNull(token),
  },
  logLevel: {
    name: 'EAZEWA_LOG_LEVEL',
    type: `one of ${logLevels.join(', ')}`,
    default: 'info',
    help: 'The least important lines that are logged. The log is JSON, one object a line, on standard output.',
    read: oneOf(logLevels),
  },
  whatsappUrl: {
    name: 'EAZEWA_WHATSAPP_URL',
    type: 'a ws:// or wss:// URL',
    default: '',
    defaultText: 'WhatsApp itself',
    help: 'Another WhatsApp server, such as the simulator. Never mix real and simulated accounts in one database.',
    read: orNull(socketAddress),
  },
  whatsappRootKey: {
    name: 'EAZEWA_WHATSAPP_ROOT_KEY',
    type: '32 bytes as 64 hex digits or as base64',
    default: '',
    defaultText: "WhatsApp's own key",
    help: 'Public key that the server of `EAZEWA_WHATSAPP_URL` signs its certificate with; only together with that setting.',
    read: orNull(bytes32),
  },
  whatsappMediaHost: {
    name: 'EAZEWA_WHATSAPP_MEDIA_HOST',
    type: 'a host name, perhaps with a port',
    default: '',
    defaultText: '`mmg.whatsapp.net`',
    help: 'Host that keeps the files of the server of `EAZEWA_WHATSAPP_URL`; only together with that setting.',
    read: orNull(hostAndPort),
  },
  whatsappMediaCa: {
    name: 'EAZEWA_WHATSAPP_MEDIA_CA',
    type: 'certificates in PEM, or the path of a file with them',
    default: '',
    defaultText: 'the usual authorities',
    help: 'Authority that the certificate of `EAZEWA_WHATSAPP_MEDIA_HOST` is checked with; only together with that setting.',
    read: orNull(plainText),
  },
  whatsappVersion: {
    name: 'EAZEWA_WHATSAPP_VERSION',
    type: 'three numbers like 2.3000.1023223821',
    default: '',
    defaultText: 'asked for at start',
    help: 'Version of WhatsApp Web to announce. Set it when WhatsApp says that the version is too old.',
    read: orNull(version),
  },
  openingAtOnce: {
    name: 'EAZEWA_OPENING_AT_ONCE',
    type: 'a whole number from 1 to 1000',
    default: '20',
    help: 'Connections to WhatsApp that are opened at the same time; the other instances wait for their turn. A number that shows its QR code does not count.',
    read: wholeNumber(1, 1000),
  },
  webhookDeadlineMs: {
    name: 'EAZEWA_WEBHOOK_DEADLINE_MS',
    type: 'a whole number from 1000 to 60000',
    default: '30000',
    help: 'Milliseconds that a receiver has for its response, connecting included; then the attempt counts as unanswered.',
    read: wholeNumber(1000, 60_000),
  },
  webhookLanes: {
    name: 'EAZEWA_WEBHOOK_LANES',
    type: 'a whole number from 1 to 1000',
    default: '16',
    help: 'Chats of one webhook that are delivered at the same time. Within a chat it is always one after the other.',
    read: wholeNumber(1, 1000),
  },
  allowWebhookAddresses: {
    name: 'EAZEWA_ALLOW_WEBHOOK_ADDRESSES',
    type: 'a list of addresses or ranges like 10.0.0.0/8, fd00::/8',
    default: '',
    defaultText: 'none',
    help: 'Private addresses that webhooks may reach, separated by commas.',
    read: addressRanges,
  },
  mediaLimitBytes: {
    name: 'EAZEWA_MEDIA_LIMIT_BYTES',
    type: 'a whole number from 1024 to 268435456',
    default: '67108864',
    help: 'Largest file that is fetched from WhatsApp or sent. A request with `mediaBase64` may be larger by a third.',
    read: wholeNumber(1024, 268_435_456),
  },
  mediaLinkHours: {
    name: 'EAZEWA_MEDIA_LINK_HOURS',
    type: 'a whole number from 1 to 8760',
    default: '168',
    help: 'Hours that a link to a file works. Who has the link needs no token.',
    read: wholeNumber(1, 8760),
  },
  allowMediaAddresses: {
    name: 'EAZEWA_ALLOW_MEDIA_ADDRESSES',
    type: 'a list of addresses or ranges like 10.0.0.0/8, fd00::/8',
    default: '',
    defaultText: 'none',
    help: 'Private addresses that `mediaUrl` may lead to, separated by commas. Whoever may send can send what is there.',
    read: addressRanges,
  },
  webhookProxy: {
    name: 'EAZEWA_WEBHOOK_PROXY',
    type: 'an http:// URL of a host and port, perhaps with user:password@',
    default: '',
    defaultText: 'webhooks are sent directly',
    help: 'A proxy that all webhooks go through, by CONNECT to an address that was checked before. `HTTP_PROXY` and `NO_PROXY` do not count.',
    secret: true,
    read: orNull(proxyAddress),
  },
  hostAttemptsPerSecond: {
    name: 'EAZEWA_HOST_ATTEMPTS_PER_SECOND',
    type: 'a whole number from 0 to 100000',
    default: '0',
    help: 'Webhook requests that may begin per second at one host and port, of all instances together; 0 for no limit. Hosts that do not answer get at most 200 per second in any case.',
    read: wholeNumber(0, 100_000),
  },
  operatorWebhookUrl: {
    name: 'EAZEWA_OPERATOR_WEBHOOK_URL',
    type: 'an http:// or https:// URL',
    default: '',
    defaultText: 'they go to the log only',
    help: 'Webhook that is told what needs a look: webhooks that do not answer, quotas, a disk that is nearly full. Without it, what still waits for it is dropped.',
    secret: true,
    read: orNull(webAddress),
  },
  operatorWebhookSecret: {
    name: 'EAZEWA_OPERATOR_WEBHOOK_SECRET',
    type: 'whsec_ and 24 to 64 bytes as base64',
    default: '',
    defaultText: 'they are not signed',
    help: 'Key that the requests to `EAZEWA_OPERATOR_WEBHOOK_URL` are signed with, as in Standard Webhooks; only together with that setting.',
    secret: true,
    read: orNull(signingKey),
  },
  diskFloorPercent: {
    name: 'EAZEWA_DISK_FLOOR_PERCENT',
    type: 'a whole number from 0 to 50',
    default: '5',
    help: "With less than this much of the SQLite database's disk free, or less than 1 GiB where that is less, the connections to WhatsApp are closed until there is space, so that it keeps the messages. 0 turns it off.",
    read: wholeNumber(0, 50),
  },
  keepInboxDays: {
    name: 'EAZEWA_KEEP_INBOX_DAYS',
    type: 'a whole number from 7 to 3650',
    default: '30',
    help: 'Days that something which WhatsApp sends again is recognised; after that it would be told as a new event.',
    read: wholeNumber(7, 3650),
  },
  keepEventsDays: {
    name: 'EAZEWA_KEEP_EVENTS_DAYS',
    type: 'a whole number from 1 to 3650',
    default: '30',
    help: 'Days that events are kept, with their deliveries and attempts. What a webhook is still owed is kept until it is settled, however old it is.',
    read: wholeNumber(1, 3650),
  },
  keepMessagesDays: {
    name: 'EAZEWA_KEEP_MESSAGES_DAYS',
    type: 'a whole number from 7 to 3650',
    default: '90',
    help: 'Days that messages are kept; an acknowledgement of an older one is told without its text.',
    read: wholeNumber(7, 3650),
  },
  keepOutgoingDays: {
    name: 'EAZEWA_KEEP_OUTGOING_DAYS',
    type: 'a whole number from 1 to 3650',
    default: '30',
    help: 'Days that sent messages are kept for a phone that asks for one again, and that their `Idempotency-Key` is known.',
    read: wholeNumber(1, 3650),
  },
  bodyLimitBytes: {
    name: 'EAZEWA_BODY_LIMIT_BYTES',
    type: 'a whole number from 1024 to 104857600',
    default: '1048576',
    help: 'Largest request body that the API takes; a larger one is answered with 413.',
    read: wholeNumber(1024, 104_857_600),
  },
  publicUrl: {
    name: 'EAZEWA_PUBLIC_URL',
    type: 'an http:// or https:// URL without query',
    default: '',
    defaultText: 'the address that each request was sent to',
    help: 'Address under which others reach the gateway, for the links in its answers.',
    read: orNull(publicAddress),
  },
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings. An empty value counts as none.
 *
 * @throws ConfigError with one plain sentence, for the first thing that is wrong.
 */
export function readConfig(env: Environment): Config {
  refuseUnknown(env);
  const settings = readSettings(env);
  if (settings.whatsappRootKey !== null && settings.whatsappUrl === null) {
    throw new ConfigError('EAZEWA_WHATSAPP_ROOT_KEY is only of use together with EAZEWA_WHATSAPP_URL.');
  }
  if (settings.whatsappMediaHost !== null && settings.whatsappUrl === null) {
    throw new ConfigError('EAZEWA_WHATSAPP_MEDIA_HOST is only of use together with EAZEWA_WHATSAPP_URL.');
  }
  if (settings.whatsappMediaCa !== null && settings.whatsappMediaHost === null) {
    throw new ConfigError(
      'EAZEWA_WHATSAPP_MEDIA_CA is only of use together with EAZEWA_WHATSAPP_MEDIA_HOST.',
    );
  }
  if (settings.operatorWebhookSecret !== null && settings.operatorWebhookUrl === null) {
    throw new ConfigError(
      'EAZEWA_OPERATOR_WEBHOOK_SECRET is only of use together with EAZEWA_OPERATOR_WEBHOOK_URL.',
    );
  }
  return {
    ...settings,
    database: settings.database ?? join(settings.dataDir, 'eazewa.db'),
    keyFile: join(settings.dataDir, 'secret.key'),
  };
}

function readSettings(env: Environment): Settings {
  const read = <Key extends keyof Settings>(key: Key): Settings[Key] => readSetting(settingsTable[key], env);
  return {
    host: read('host'),
    port: read('port'),
    dataDir: read('dataDir'),
    database: read('database'),
    secretKey: read('secretKey'),
    adminToken: read('adminToken'),
    logLevel: read('logLevel'),
    whatsappUrl: read('whatsappUrl'),
    whatsappRootKey: read('whatsappRootKey'),
    whatsappMediaHost: read('whatsappMediaHost'),
    whatsappMediaCa: read('whatsappMediaCa'),
    whatsappVersion: read('whatsappVersion'),
    openingAtOnce: read('openingAtOnce'),
    webhookDeadlineMs: read('webhookDeadlineMs'),
    webhookLanes: read('webhookLanes'),
    allowWebhookAddresses: read('allowWebhookAddresses'),
    mediaLimitBytes: read('mediaLimitBytes'),
    mediaLinkHours: read('mediaLinkHours'),
    allowMediaAddresses: read('allowMediaAddresses'),
    webhookProxy: read('webhookProxy'),
    hostAttemptsPerSecond: read('hostAttemptsPerSecond'),
    operatorWebhookUrl: read('operatorWebhookUrl'),
    operatorWebhookSecret: read('operatorWebhookSecret'),
    diskFloorPercent: read('diskFloorPercent'),
    keepInboxDays: read('keepInboxDays'),
    keepEventsDays: read('keepEventsDays'),
    keepMessagesDays: read('keepMessagesDays'),
    keepOutgoingDays: read('keepOutgoingDays'),
    bodyLimitBytes: read('bodyLimitBytes'),
    publicUrl: read('publicUrl'),
  };
}

/** A wrong setting; the message is for the person who wrote it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

function refuseUnknown(env: Environment): void {
  const known = Object.values(settingsTable).map((setting) => setting.name as string);
  for (const name of Object.keys(env)) {
    if (!name.startsWith('EAZEWA_') || known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new ConfigError(
      `unknown setting ${name}, ${meant ? `did you mean ${meant}?` : 'see docs/configure.md for those that exist.'}`,
    );
  }
}

function readSetting<T>(setting: Setting<T>, env: Environment): T {
  const text = env[setting.name]?.trim() || setting.default;
  const value = setting.read(text);
  if (value !== undefined) return value;
  const given = setting.secret ? '' : `, not "${text}"`;
  throw new ConfigError(`${setting.name} must be ${setting.type}${given}.`);
}
