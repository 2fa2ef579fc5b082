import type {
  Connection,
  ConnectionEnd,
  ConnectionListener,
  Connector,
  MediaContent,
  OutgoingMessage,
  OwnAccount,
} from '../connection.ts';
import { until } from '../../testing/until.ts';

export const own: OwnAccount = { phone: '491709999999', lid: '900000000000001@lid', pushName: 'Me' };

/** A connection that a test plays: what happens to it comes from here. */
export class ScriptedConnection implements Connection {
  readonly instanceId: number;
  readonly listener: ConnectionListener;
  readonly sent: OutgoingMessage[] = [];
  isOpen = true;
  /** What `send`, `close` and `logout` wait for. */
  sending: Promise<void> = Promise.resolve();
  closing: Promise<void> = Promise.resolve();

  constructor(instanceId: number, listener: ConnectionListener) {
    this.instanceId = instanceId;
    this.listener = listener;
  }

  /** Logs in and becomes ready. */
  becomeReady(): void {
    this.listener.loading(0);
    this.listener.authenticated(own);
    this.listener.ready(own);
  }

  /** Ends as WhatsApp or the network ends it. */
  end(end: Partial<ConnectionEnd> = {}): void {
    this.isOpen = false;
    this.listener.closed({ code: 428, reason: 'gone', atLogin: false, ...end });
  }

  async send(message: OutgoingMessage): Promise<void> {
    this.sent.push(message);
    await this.sending;
  }

  async composeMedia({ bytes }: MediaContent): Promise<Uint8Array> {
    return bytes;
  }

  async requestUpload(): Promise<string | null> {
    return null;
  }

  async requestPairingCode(): Promise<string> {
    return 'ABCD1234';
  }

  async logout(): Promise<void> {
    this.end({ code: 401, reason: 'Intentional Logout' });
  }

  async close(): Promise<void> {
    await this.closing;
    this.isOpen = false;
  }
}

/** The way to WhatsApp for tests of what stands above it. */
export class ScriptedConnector implements Connector {
  /** Every connection that was opened, oldest first. */
  readonly connections: ScriptedConnection[] = [];
  readonly forgotten: number[] = [];
  /** How many were open at the same time, at most, of one instance. */
  openAtOnce = 0;
  /** What `open` and `forget` wait for; a rejection is how they fail. */
  opening: Promise<void> = Promise.resolve();
  forgetting: Promise<void> = Promise.resolve();

  async open({ id }: { readonly id: number }, listener: ConnectionListener): Promise<Connection> {
    await this.opening;
    const connection = new ScriptedConnection(id, listener);
    this.connections.push(connection);
    const open = this.connections.filter(({ isOpen, instanceId }) => isOpen && instanceId === id);
    this.openAtOnce = Math.max(this.openAtOnce, open.length);
    return connection;
  }

  async forget(instanceId: number): Promise<void> {
    await this.forgetting;
    this.forgotten.push(instanceId);
  }

  async compose({ text }: { readonly text: string }): Promise<Uint8Array> {
    return Buffer.from(text);
  }

  /** The connection that was opened last. */
  get last(): ScriptedConnection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error('No connection was opened.');
    return connection;
  }

  /** Resolves when so many connections have been opened in all. */
  async opened(count: number): Promise<ScriptedConnection> {
    await until(() => this.connections.length >= count);
    return this.last;
  }
}
