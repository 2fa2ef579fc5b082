import type { Instance } from './instance.ts';

/** What keeps instances connected to WhatsApp; `whatsapp/` implements it, the manager uses it. */
export interface Connector {
  /**
   * Opens a connection. It reports by `listener` from then on, and once `closed` nothing more comes. The next connection
   * of an instance may open when `close` of this one has resolved.
   */
  open(instance: Instance, listener: ConnectionListener): Promise<Connection>;
  /** Forgets the credentials: the next connection shows a QR code. */
  forget(instanceId: number): Promise<void>;
  /** Makes the content of a message, as WhatsApp will get it. */
  compose(message: MessageText): Promise<Uint8Array>;
}

/** A text message before it has an id. */
export interface MessageText {
  readonly text: string;
  /** Wire jids. */
  readonly mentions: readonly string[];
}

export interface ConnectionListener {
  /** A new QR code to show, as WhatsApp gives it. */
  qr(code: string): void;
  loading(percent: number): void;
  /** The number is linked, or its credentials were accepted. */
  authenticated(own: OwnAccount): void;
  /** Traffic flows: the offline messages have arrived. */
  ready(own: OwnAccount): void;
  /** It is of no use any more; told at once, while its last writes may still be on their way. */
  closed(end: ConnectionEnd): void;
}

/** Why a connection ended. */
export interface ConnectionEnd {
  /** Baileys' status code (401, 403, 405, 408, 411, 428, 440, 500, 503, 515, ...); 0 when the gateway itself ended it. */
  readonly code: number;
  readonly reason: string;
  /** True when the login had not been accepted yet. */
  readonly atLogin: boolean;
  /** The gateway ended it because WhatsApp did not answer in time; `reason` says what in plain words. */
  readonly isTimeout?: boolean;
  /** No login ever succeeded with these credentials: WhatsApp may never have heard of the link. */
  readonly isUnconfirmed?: boolean;
}

export interface OwnAccount {
  /** Digits only. */
  readonly phone: string;
  /** `digits@lid`, without a device. */
  readonly lid: string | null;
  readonly pushName: string | null;
}

/** One live socket of an instance. */
export interface Connection {
  /**
   * Gives a stored message to WhatsApp. Resolves when its bytes have left, or never will because the connection ends;
   * the server's ack comes through the inbox.
   *
   * @throws GatewayError `action_failed` when WhatsApp or the content is at fault.
   */
  send(message: OutgoingMessage): Promise<void>;
  /**
   * Uploads a file and makes the content of the message that brings it, ready for `send`.
   *
   * @throws GatewayError `action_failed` when WhatsApp does not take it, or the connection ends.
   */
  composeMedia(media: MediaContent): Promise<Uint8Array>;
  /**
   * Asks the own phone to upload the file of a message again: resolves with its new path, or null when the phone does not
   * have it or does not answer within ten seconds.
   *
   * @throws GatewayError `action_failed` when it cannot be asked, because the connection ends.
   */
  requestUpload(message: FileOfMessage): Promise<string | null>;
  /** Asks for an eight-character code to type on the phone instead of scanning. `phone` is digits only. */
  requestPairingCode(phone: string): Promise<string>;
  /** Unlinks this device from the account. */
  logout(): Promise<void>;
  /** Closes the socket, if it still is open; resolves when its last write has settled. */
  close(): Promise<void>;
}

/** A file to send in a message that has no id yet. */
export interface MediaContent {
  /** The chat, as a wire jid: files for channels are not encrypted. */
  readonly to: string;
  readonly kind: 'image' | 'video' | 'audio' | 'ptt' | 'document' | 'sticker';
  readonly bytes: Uint8Array;
  readonly mimetype: string;
  readonly filename: string | null;
  readonly caption: string | null;
}

/** Whose file is meant, in the words of the wire. */
export interface FileOfMessage {
  readonly id: string;
  /** Wire jid. */
  readonly chat: string;
  readonly fromMe: boolean;
  /** Wire jid of who wrote it, in groups; null elsewhere. */
  readonly participant: string | null;
  readonly mediaKey: Uint8Array;
}

export interface OutgoingMessage {
  /** The final id, chosen before anything leaves. */
  readonly id: string;
  /** The chat as WhatsApp addresses it (`...@s.whatsapp.net`, `...@lid`, `...@g.us`). */
  readonly to: string;
  /** What `compose` made. */
  readonly content: Uint8Array;
  /** An earlier connection may have had it, and nobody knows how far it came. */
  readonly isRepeated: boolean;
}
