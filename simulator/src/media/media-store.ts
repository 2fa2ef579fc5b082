import { randomBytes, randomInt } from 'node:crypto';
import { hmac } from '../signal/index.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { MediaType } from './media-keys.ts';
import { MediaFaults } from './media-faults.ts';
import type { MediaFault, MediaFaultOptions } from './media-faults.ts';
import { mediaOf } from '../content/media-of.ts';
import type { proto } from '../stanza/codec.ts';

/** An encrypted file on the media host. */
export interface MediaFile {
  /** Where messages say that it is: path and query, without a host. */
  readonly directPath: string;
  readonly url: string;
  readonly bytes: Uint8Array;
  /** `gone` is answered with 410, `missing` with 404, as expired files are. */
  readonly state: 'there' | 'gone' | 'missing';
}

/** A file, its path or url, or the message that has it. */
export type MediaReference =
  | string
  | { directPath?: string | null }
  | { content: proto.IMessage | undefined };

/** How long a client may use what `media_conn` gave it. */
export const authSeconds = 3600;

/** The files of the media host, who may upload, and how the host fails. */
export class MediaStore {
  /** `127.0.0.1:<port>`, once it listens. */
  host = '';
  readonly faults = new MediaFaults();
  readonly #files = new Map<string, { -readonly [name in keyof MediaFile]: MediaFile[name] }>();
  readonly #auths = new Map<string, number>();
  readonly #secret = randomBytes(32);

  /** Every file that was uploaded, by phones and clients, oldest first. */
  get files(): MediaFile[] {
    return [...this.#files.values()];
  }

  /** Takes a file under a path of its own. */
  put(type: MediaType, bytes: Uint8Array): MediaFile {
    const name = `${randomInt(1e8, 1e9)}_${randomInt(1e14, 2e14)}_${randomInt(1e8, 1e9)}_n.enc`;
    const path = `/v/t62.${folders[type]}-24/${name}`;
    const expires = Math.floor(Date.now() / 1000) + fileSeconds;
    const query = `ccb=11-4&oh=${this.#signature(path)}&oe=${expires.toString(16).toUpperCase()}&_nc_sid=5e03e0`;
    const directPath = `${path}?${query}`;
    const file = {
      directPath,
      url: `https://${this.host}${directPath}&mms3=true`,
      bytes,
      state: 'there',
    } as const;
    this.#files.set(path, file);
    return file;
  }

  /** By direct path or url; undefined also when the signature in it (`oh`) is wrong. */
  find(what: MediaReference): MediaFile | undefined {
    const path = pathOf(what);
    if (path === undefined || !URL.canParse(path, 'https://host')) return undefined;
    const { pathname, searchParams } = new URL(path, 'https://host');
    return searchParams.get('oh') === this.#signature(pathname) ? this.#files.get(pathname) : undefined;
  }

  /** Throws `unknown_media`, or `media_expired` when nobody can download it any more. */
  read(what: MediaReference): Uint8Array {
    const { bytes, state } = this.#get(what);
    if (state === 'there') return bytes;
    throw new SimulatorError('media_expired', 'The file has expired on the media host.');
  }

  /** From now on a download is answered with 410, or with 404 when it is `missing`. Throws `unknown_media`. */
  expire(what: MediaReference, how: 'gone' | 'missing' = 'gone'): void {
    this.#get(what).state = how;
  }

  /** Ends `expire`. Throws `unknown_media`. */
  restore(what: MediaReference): void {
    this.#get(what).state = 'there';
  }

  /** The host fails in that way, until `heal` or so many `times`. Throws `invalid_request`. */
  fail(fault: MediaFault | (string & {}), options: MediaFaultOptions = {}): void {
    this.faults.begin(fault, options);
  }

  heal(): void {
    this.faults.end();
  }

  /** What uploads must bring along, for the next hour. */
  issueAuth(): string {
    const auth = randomBytes(48).toString('base64url');
    this.#auths.set(auth, Date.now() + authSeconds * 1000);
    return auth;
  }

  admits(auth: string | null): boolean {
    return auth !== null && (this.#auths.get(auth) ?? 0) > Date.now();
  }

  /** What clients have from `media_conn` is no longer good: their uploads get 401 until they ask anew. */
  forgetAuths(): void {
    this.#auths.clear();
  }

  #get(what: MediaReference) {
    const known = this.find(what);
    const file = known && this.#files.get(new URL(known.directPath, 'https://host').pathname);
    if (file) return file;
    throw new SimulatorError('unknown_media', `The media host has no file ${pathOf(what) ?? 'for this'}.`);
  }

  #signature(path: string): string {
    return Buffer.from(hmac(this.#secret, Buffer.from(path)))
      .toString('hex')
      .slice(0, 34);
  }
}

const fileSeconds = 30 * 86_400;

/** The numbers that WhatsApp's own paths have for each type. */
const folders: Record<MediaType, string> = {
  image: '7118',
  video: '7161',
  audio: '7117',
  document: '7119',
  sticker: '15575',
  history: '7279',
  'app-state': '7280',
};

function pathOf(what: MediaReference): string | undefined {
  if (typeof what === 'string') return what;
  const { directPath } = 'content' in what ? (mediaOf(what.content)?.fields ?? {}) : what;
  return directPath ?? undefined;
}
